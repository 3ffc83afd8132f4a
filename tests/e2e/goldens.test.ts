import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  createGoldenCertificates,
  formatHashes,
  GOLDENS,
  renderGolden,
} from '@registry-cache/config/testing';
import { makeTemporaryFolder, runCommand } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The real programs of the image read every golden tree. HAProxy tolerates some mistakes with a
 * warning, and -dW makes that an error. supervisord and distribution ignore unknown keys, so the
 * keys are looked up in the programs themselves.
 */
const IMAGE = process.env.REGISTRY_CACHE_IMAGE ?? 'localhost/registry-cache:latest';
const NAMES = await readdir(GOLDENS);
const folder = await makeTemporaryFolder('goldens');
const RESOLV_CONF = join(folder.path, 'resolv.conf');

beforeAll(async () => {
  const certificates = await createGoldenCertificates();
  await writeFile(RESOLV_CONF, 'nameserver 127.0.0.1\n');
  for (const name of NAMES) {
    const run = join(folder.path, name);
    await cp(join(GOLDENS, name, 'expected'), run, { recursive: true });
    // Scripts that a golden has by their hash are rendered here, so the hash must be theirs.
    const { hashed } = renderGolden(name, certificates);
    const hashes = await readFile(join(GOLDENS, name, 'hashes.txt'), 'utf8');
    expect(formatHashes(hashed), name).toBe(hashes);
    for (const [path, content] of hashed) {
      await mkdir(join(run, dirname(path)), { recursive: true });
      await writeFile(join(run, path), content);
    }
    // A file with a key in it is not a golden, nor is a certificate of such a key.
    for (const file of ['certs.pem', 'proxy-certs.pem', 'peer.pem', 'ca.crt']) {
      await writeFile(join(run, 'etc/haproxy', file), certificates.certificate);
    }
    await mkdir(join(run, 'secrets'));
    for (const directory of ['sock', 'nginx', 'log', 'state']) await mkdir(join(run, directory));
  }
});

afterAll(() => folder.remove());

/** Runs a shell line in the image, with a golden tree as the run directory. */
async function inImage(name: string, line: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand('podman', [
    ...['run', '--rm', '--pull=never', '--network=none', '--no-healthcheck'],
    '--entrypoint=/bin/bash',
    `--volume=${join(folder.path, name)}:/run/registry-cache`,
    // HAProxy warns of a name server that it cannot reach, and of none.
    `--volume=${RESOLV_CONF}:/etc/resolv.conf:ro`,
    ...[IMAGE, '-c', `exec 2>&1; ${line}`],
  ]);
  return `exit ${exitCode} ${stdout}${stderr}`.trim();
}

describe.each(NAMES)('golden %s', (name) => {
  it('is accepted by haproxy, without a warning', async () => {
    const key = 'openssl pkey -in haproxy/certs.pem -pubout';
    const check = 'haproxy -dW -c -q -f /run/registry-cache/etc/haproxy/haproxy.cfg';
    const makeKey = `cd /run/registry-cache/etc && ${key} >../secrets/token-key.pub`;
    expect(await inImage(name, `${makeKey} && ${check}`)).toBe('exit 0');
  });

  it('is accepted by nginx', async () => {
    const line = 'nginx -t -q -c /run/registry-cache/etc/nginx.conf | grep -v "user. directive"';
    expect(await inImage(name, `${line}; exit "\${PIPESTATUS[0]}"`)).toBe('exit 0');
  });

  it('is accepted by rsyslog', async () => {
    // rsyslogd says more as the first process, so another one starts it.
    const line = 'rsyslogd -N1 -f /run/registry-cache/etc/rsyslog/rsyslog.conf; exit $?';
    expect((await inImage(name, line)).split('\n')).toEqual([
      expect.stringMatching(/^exit 0 rsyslogd: version \S+, config validation run/),
      'rsyslogd: End of config validation run. Bye.',
    ]);
  });

  it('has no key that supervisord would ignore', async () => {
    const files = 'etc/supervisor/supervisord.conf etc/supervisor/engines/*.conf';
    const keys = `cd /run/registry-cache && sed -n 's/^\\([a-z_]*\\)=.*/\\1/p' ${files} | sort -u`;
    const source = '/usr/lib/python3/dist-packages/supervisor/options.py';
    const unknown = `for key in $(${keys}); do grep -q "[\\"'.]$key\\b" ${source} || echo "$key"; done`;
    // In the section rpcinterface, all keys but this one are the extension's own.
    expect(await inImage(name, unknown)).toBe('exit 0');
  });

  it('has no key that distribution would ignore', async () => {
    const engines = join(GOLDENS, name, 'expected/etc/engines');
    const files = await readdir(engines);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const text = await readFile(join(engines, file), 'utf8');
      const keys = [...text.matchAll(/^ *([a-z]+):/gm)].map(([, key]) => key);
      // The program contains struct tags and parameter names as YAML has them.
      const unknown = `for key in ${keys.join(' ')}; do grep -aq "$key" /usr/local/bin/registry || echo "$key"; done`;
      expect(await inImage(name, unknown)).toBe('exit 0');
    }
  });
});
