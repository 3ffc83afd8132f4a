import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeClientHome } from './client-home.ts';

test('logins and mirrors are written in the form of podman and skopeo', async () => {
  const home = await makeClientHome('test', {
    ca: 'PEM',
    logins: { 'quay.io': { username: 'u', password: 'p' } },
    mirrors: { 'quay.io': '127.0.0.1:8443/quay.io' },
  });
  const auths = JSON.parse(await readFile(home.authFile, 'utf8'));
  expect(auths).toEqual({ auths: { 'quay.io': { auth: btoa('u:p') } } });
  expect(await readFile(join(home.path, 'registries.conf'), 'utf8')).toBe(
    [
      'unqualified-search-registries = ["docker.io"]',
      '',
      '[[registry]]',
      'prefix = "quay.io"',
      'location = "quay.io"',
      '[[registry.mirror]]',
      'location = "127.0.0.1:8443/quay.io"',
      '',
    ].join('\n'),
  );
  await home.remove();
});
