import { expect, test } from 'vitest';
import { PULL_PATH_PATTERN, parseRegistryPath, UPLOAD_PATH_PATTERN } from './registry-path.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const SHA512 = `sha512:${'b'.repeat(128)}`;

test.each([
  ['/v2/a/manifests/latest', { kind: 'manifest', repository: 'a', reference: 'latest' }],
  ['/v2/a/b/c/manifests/1.0', { kind: 'manifest', repository: 'a/b/c', reference: '1.0' }],
  [`/v2/a/manifests/${DIGEST}`, { kind: 'manifest', repository: 'a', reference: DIGEST }],
  [`/v2/a/blobs/${DIGEST}`, { kind: 'blob', repository: 'a', digest: DIGEST }],
  [`/v2/a/blobs/${SHA512}`, { kind: 'blob', repository: 'a', digest: SHA512 }],
  ['/v2/a/tags/list', { kind: 'tags', repository: 'a' }],
  [`/v2/a/referrers/${DIGEST}`, { kind: 'referrers', repository: 'a', digest: DIGEST }],
  // Names of endpoints are valid names of repositories as well; the last one is the endpoint.
  [
    '/v2/manifests/manifests/blobs',
    { kind: 'manifest', repository: 'manifests', reference: 'blobs' },
  ],
  ['/v2/a/tags/list/tags/list', { kind: 'tags', repository: 'a/tags/list' }],
])('reads %s', (path, expected) => {
  expect(parseRegistryPath(path)).toEqual(expected);
  expect(path).toMatch(new RegExp(PULL_PATH_PATTERN));
});

test.each([
  '',
  '/',
  '/v2/',
  '/v2/_catalog',
  '/v1/a/tags/list',
  '/v2/manifests/latest',
  '/v2//manifests/latest',
  '/v2/A/manifests/latest',
  '/v2/a/../b/manifests/latest',
  '/v2/a/manifests/',
  '/v2/a/manifests/.latest',
  '/v2/a/manifests/latest/',
  '/v2/a/manifests/latest?ns=b',
  '/v2/a/blobs/latest',
  '/v2/a/blobs/sha256:abc',
  '/v2/a/blobs/uploads/',
  '/v2/a/tags/lists',
  `/v2/a/referrers/${'a'.repeat(64)}`,
  `/v2/a/manifests/${DIGEST}\n`,
  ' /v2/a/tags/list',
])('refuses %j', (path) => {
  expect(parseRegistryPath(path)).toBeUndefined();
  expect(path).not.toMatch(new RegExp(PULL_PATH_PATTERN));
});

test('refuses a repository of more than 255 characters', () => {
  expect(parseRegistryPath(`/v2/${'x'.repeat(255)}/tags/list`)).toBeDefined();
  expect(parseRegistryPath(`/v2/${'x'.repeat(256)}/tags/list`)).toBeUndefined();
});

test('knows the paths of uploads', () => {
  const upload = new RegExp(UPLOAD_PATH_PATTERN);
  expect('/v2/a/b/blobs/uploads/').toMatch(upload);
  expect('/v2/a/blobs/uploads/0e7c-1').toMatch(upload);
  expect('/v2/a//b/blobs/uploads/').not.toMatch(upload);
  expect('/v2/%61/blobs/uploads/').not.toMatch(upload);
  expect('/v2/a/blobs/uploads/..%2f..%2f..%2fb%2fmanifests%2fv1').not.toMatch(upload);
  expect('/v2/a/blobs/uploads/b/c').not.toMatch(upload);
});
