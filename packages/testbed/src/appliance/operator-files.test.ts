import { lstat, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { layOutOperatorFiles, readCertificates } from './operator-files.ts';

test('files are written as by an operator, with secrets for their owner only', async () => {
  const files = await layOutOperatorFiles({
    pullSecret: { auths: {} },
    passwords: { alice: 'a' },
    policyYaml: 'upstreams: {}\n',
  });
  const targets = files.args.filter((arg) => arg !== '--volume').map((arg) => arg.split(':')[1]);
  expect(targets).toEqual([
    '/pull-secret.json',
    '/certs',
    '/var/lib/registry',
    '/auth',
    '/registry-cache.yaml',
  ]);
  const [secretFile = ''] = (files.args[1] ?? '').split(':');
  expect((await stat(secretFile)).mode & 0o777).toBe(0o600);
  await expect(files.writePullSecret({}, 'rename')).rejects.toThrow(/pullSecretMount: 'folder'/);
  await files.remove();
});

test('the pull secret is replaced in place, by rename, and as by Kubernetes', async () => {
  const files = await layOutOperatorFiles({ pullSecret: '1', pullSecretMount: 'folder' });
  const file = join(dirname(files.certsDir), 'secret', 'pull-secret.json');
  // The open file keeps its inode number, so that a later file cannot get it.
  await using first = await open(file);
  const { ino } = await first.stat();
  const contents = [];
  for (const how of ['in-place', 'rename', 'symlink-swap', 'symlink-swap'] as const) {
    await files.writePullSecret({ how }, how);
    contents.push(JSON.parse(await readFile(file, 'utf8')).how);
    expect((await stat(file)).ino === ino).toBe(how === 'in-place');
  }
  expect(contents).toEqual(['in-place', 'rename', 'symlink-swap', 'symlink-swap']);
  expect((await lstat(file)).isSymbolicLink()).toBe(true);
  await files.remove();
});

test('clients get the certificates without the key', async () => {
  const tls = {
    certificatePem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    keyPem: '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n',
    ca: '',
  };
  const files = await layOutOperatorFiles({ pullSecret: {}, tls });
  expect(await readCertificates(files.certsDir)).toBe(tls.certificatePem);
  await files.remove();
});
