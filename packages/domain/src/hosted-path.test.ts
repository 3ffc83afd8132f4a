import { expect, it } from 'vitest';
import { HOSTED_PATH_PATTERN, parseHostedPath } from './hosted-path.ts';

const REPOSITORY = 'apps/team/app';

it.each([
  ['manifests/v1', { kind: 'manifest', reference: 'v1' }],
  ['manifests/sha256:bad', { kind: 'manifest', reference: 'sha256:bad' }],
  ['blobs/sha256:bad', { kind: 'blob', digest: 'sha256:bad' }],
  ['blobs/uploads/', { kind: 'uploads' }],
  ['blobs/uploads', { kind: 'uploads' }],
  ['blobs/uploads/0a-9', { kind: 'upload', id: '0a-9' }],
  ['tags/list', { kind: 'tags' }],
  ['referrers/sha256:x', { kind: 'referrers', digest: 'sha256:x' }],
])('a hosted repository has the path %s', (end, found) => {
  const path = `/v2/${REPOSITORY}/${end}`;
  expect(parseHostedPath(path)).toEqual({ repository: REPOSITORY, ...found });
  expect(path).toMatch(new RegExp(HOSTED_PATH_PATTERN));
});

it('a repository may have the names of endpoints in it', () => {
  expect(parseHostedPath('/v2/apps/blobs/manifests/blobs/uploads/x')).toEqual({
    kind: 'upload',
    repository: 'apps/blobs/manifests',
    id: 'x',
  });
});

it.each([
  '/v2/apps/manifests/v1',
  '/v2/apps/Team/manifests/v1',
  '/v2/apps/a/blobs/uploads/../x',
  '/v2/apps/a/blobs/uploads/a/b',
  '/v2/apps/a',
  '/v2/_catalog',
])('%s is no path of a hosted repository', (path) => {
  expect(parseHostedPath(path)).toBeUndefined();
  expect(path).not.toMatch(new RegExp(HOSTED_PATH_PATTERN));
});
