import { parseNames } from '@registry-cache/config/references';
import { describe, expect, it } from 'vitest';
import { describeNames } from '../testing/describe-names.ts';
import { findImage, findRepository } from './find-image.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const KEYS = ['docker.io', 'quay.io', 'quay.io/team', 'reg.test:5000'];
const names = parseNames(JSON.stringify(describeNames(KEYS)));
const find = (text: string) => findImage(text, names);

describe('findImage', () => {
  it('finds the upstream by the longest name', () => {
    expect(find('quay.io/team/app:v1')).toEqual({
      ...{ upstreamId: 'quay.io_team', repository: 'team/app', reference: 'v1' },
      name: 'quay.io/team/app:v1',
    });
    expect(find('reg.test:5000/app:v1')).toMatchObject({ upstreamId: 'reg.test_5000' });
    expect(find(`quay.io/org/app@${DIGEST}`)).toEqual({
      ...{ upstreamId: 'quay.io', repository: 'org/app', reference: DIGEST },
      name: `quay.io/org/app@${DIGEST}`,
    });
  });

  it.each([
    ['redis', 'docker.io/library/redis:latest'],
    ['hub/redis:7', 'docker.io/library/redis:7'],
    ['cache.test:8443/quay.io/org/app:v1', 'quay.io/org/app:v1'],
    ['cache.test:8443/org/app:v1', 'docker.io/org/app:v1'],
    ['https://cache.test/v2/quay.io/org/app/manifests/v1', 'quay.io/org/app:v1'],
  ])('takes %s as clients write it', (text, name) => {
    expect(find(text).name).toBe(name);
  });

  it.each([
    ...['', 'quay.io/:v1', 'other.io/app:v1', 'quay.io/../../etc:v1', 'quay.io/a/..:v1'],
    ...['quay.io/app:..', 'quay.io/app@../x', `quay.io/App@${DIGEST}`, 'quay.io//app:v1'],
    ...['quay.io/app:v1\n', 'quay.io/app:a/b', 'quay.io/app@sha256:12'],
    ...[`quay.io/app@${DIGEST}@${DIGEST}`, `quay.io/app@${DIGEST}\n`],
  ])('refuses %j, and names what is served', (text) => {
    expect(() => find(text)).toThrow(`of ${KEYS.join(', ')}`);
  });
});

describe('findRepository', () => {
  it.each([
    ['quay.io/team/app', undefined],
    ['quay.io/team/app:v1', 'v1'],
    ['quay.io/team/app:latest', 'latest'],
    ['cache.test:8443/quay.io/team/app', undefined],
    ['cache.test:8443/v2/quay.io/team/app/manifests/latest', 'latest'],
    [`quay.io/team/app@${DIGEST}`, DIGEST],
  ])('takes %s', (text, reference) => {
    const app = { upstreamId: 'quay.io_team', repository: 'team/app' };
    expect(findRepository(text, names)).toEqual({ ...app, reference });
  });

  it('takes a repository with the name of the tag that names without one have', () => {
    const found = { repository: 'org/latest', reference: undefined };
    expect(findRepository('quay.io/org/latest', names)).toMatchObject(found);
  });

  it.each(['', 'quay.io/', 'quay.io/a/../b', 'other.io/app', 'quay.io/app:..'])(
    'refuses %j',
    (text) => {
      expect(() => findRepository(text, names)).toThrow('of docker.io, quay.io, quay.io/team');
    },
  );
});
