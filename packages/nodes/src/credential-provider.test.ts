import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const PROVIDER = join(
  import.meta.dirname,
  '../../../deploy/nodes/registry-cache-credential-provider',
);

/** As a kubelet runs it: the request is one line of JSON. */
function ask(request: object) {
  return spawnSync(PROVIDER, { input: JSON.stringify(request), encoding: 'utf8' });
}

it('hands the token over as the password for the registry of the image', () => {
  const { stdout } = ask({
    kind: 'CredentialProviderRequest',
    apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
    image: 'localhost:30026/project/repository/app:v1',
    serviceAccountToken: 'header.pay-load_.signature',
  });
  expect(JSON.parse(stdout)).toEqual({
    apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
    kind: 'CredentialProviderResponse',
    cacheKeyType: 'Registry',
    cacheDuration: '0s',
    auth: { 'localhost:30026': { username: 'token', password: 'header.pay-load_.signature' } },
  });
});

it.each([
  ['without a token', { image: 'localhost:30026/app:v1' }],
  ['with a token that is none', { image: 'localhost:30026/app:v1', serviceAccountToken: 'a"b' }],
  ['without an image', { serviceAccountToken: 'a.b.c' }],
])('refuses a request %s, and shows nothing of it', (_, request) => {
  const { status, stdout, stderr } = ask(request);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('accepted: tokenAttributes');
  expect(stderr).not.toContain('a"b');
});
