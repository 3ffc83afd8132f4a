import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIENTS,
  createAuthority,
  createServerCertificate,
  listOwnNames,
} from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readText } from '../docs/documents.ts';
import { createFolder, runProgram } from '../testing/run-program.ts';

const CERTIFICATE = await createServerCertificate(['cache.test'], new Date());
const ADDRESS = '--address=cache.test:8443';

function createInputs(certificate = CERTIFICATE): Record<string, string> {
  const folder = createFolder();
  const auths = { 'docker.io': {}, 'quay.io': { username: 'me', password: 'not-to-be-seen' } };
  writeFileSync(join(folder, 'pull-secret.json'), JSON.stringify({ auths }));
  writeFileSync(join(folder, 'certs.pem'), certificate);
  return {
    PULLSECRETPATH: join(folder, 'pull-secret.json'),
    CERTIFICATEPATH: join(folder, 'certs.pem'),
  };
}

const client = (...args: string[]) => runProgram(['client', ...args], createInputs());

describe('registry-cache client', () => {
  it('prints each file below its path, and the remaining steps', async () => {
    const { exitCode, stdout, stderr } = await client('docker', ADDRESS);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('==> /etc/docker/daemon.json <==\n{\n  "registry-mirrors": [\n');
    expect(stdout).toContain('==> /etc/docker/certs.d/cache.test:8443/ca.crt <==\n');
    expect(stderr).toContain('then: systemctl reload docker\n');
    expect(stderr).toContain('https://cache.test:8443/setup/docker | sh\n');
    expect(stdout + stderr).not.toMatch(/PRIVATE KEY|not-to-be-seen|registry-cache: /);
  });

  it('prints one stream of YAML for openshift, so that oc can take it', async () => {
    const { exitCode, stdout, stderr } = await client('openshift', ADDRESS);
    expect(exitCode).toBe(0);
    const documents = parseAllDocuments(stdout).map((document) => document.toJS());
    const kinds = ['ImageDigestMirrorSet', 'ImageTagMirrorSet', 'ConfigMap', 'Image'];
    expect(documents.map(({ kind }) => kind)).toEqual(kinds);
    expect(Object.keys(documents[2].data)).toEqual(['cache.test..8443']);
    expect(stderr).toContain('then: oc apply --server-side --filename=-');
    expect(stdout).not.toMatch(/PRIVATE KEY|not-to-be-seen/);
  });

  it.each(['podman', 'docker'])('writes the files that the script for %s writes', async (name) => {
    const [byOut, byScript] = [createFolder(), createFolder()];
    expect(await client(name, ADDRESS, `--out=${byOut}`)).toMatchObject({ exitCode: 0 });
    const script = await client(name, ADDRESS, '--script');
    spawnSync('sh', { input: script.stdout, env: { ...process.env, ROOT: byScript } });
    const list = 'find . -printf "%p %m\\n" | sort; find . -type f | sort | xargs cat';
    const [one, other] = [byOut, byScript].map((cwd) => spawnSync('sh', ['-c', list], { cwd }));
    expect(one?.stdout.toString()).toContain('ca.crt');
    // The folder itself is made by the test.
    const trees = [one, other].map((tree) => tree?.stdout.toString().replace(/^\. \d+\n/, ''));
    expect(trees[0]).toBe(trees[1]);
  });

  it('replaces its own files, and writes nothing if it would replace others', async () => {
    const out = createFolder();
    await client('k3s', ADDRESS, `--out=${out}`);
    expect(await client('k3s', ADDRESS, `--out=${out}`)).toMatchObject({ exitCode: 0 });
    mkdirSync(join(out, 'etc/docker'));
    writeFileSync(join(out, 'etc/docker/daemon.json'), '{"debug": true}');
    const { exitCode, stdout, stderr } = await client('docker', ADDRESS, `--out=${out}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`--out: found ${out}/etc/docker/daemon.json, which is not from here`);
    expect(() => readFileSync(join(out, 'etc/docker/certs.d'))).toThrow('ENOENT');
  });

  it('takes the address from CERTIFICATE_NAMES', async () => {
    const names = { ...createInputs(), CERTIFICATE_NAMES: '*.lab.test cache.test other.test' };
    const { stdout } = await runProgram(['client', 'podman', '--curl'], names);
    expect(stdout).toMatch(/^curl -fsS --insecure --pinnedpubkey 'sha256\/\/[\w+/]{43}=' https:/);
    expect(stdout).toContain('https://cache.test:8443/setup/podman | sh');
    const shown = stdout.replace(/[\w+/]{43}=/, '…').replace('cache.test', 'cache.example.com');
    expect(readText('README.md')).toContain(shown);
  });

  it('takes the first host name for clients that the certificate has, and says so', async () => {
    const own = [...listOwnNames('0123456789ab'), '*.lab.test', 'quay.io.lab.test', '10.0.0.1'];
    const names = [...own, 'b.test', 'a.test'];
    const inputs = createInputs(await createServerCertificate(names, new Date()));
    for (const name of ['podman', 'k3s']) {
      const run = await runProgram(['client', name, '--curl'], inputs);
      expect(run.stdout).toContain(`https://b.test:8443/setup/${name} | sh`);
      expect(run.stderr).toBe(
        'registry-cache: the address is b.test:8443, by the certificate; --address takes another one\n',
      );
    }
    const wildcard = { ...createInputs(), CERTIFICATE_NAMES: '*.lab.test' };
    const { stdout } = await runProgram(['client', 'podman', '--curl'], wildcard);
    expect(stdout).toContain('https://cache.test:8443/setup/podman | sh');
  });

  it('requires an address where the certificate has no host name for clients', async () => {
    const own = await createServerCertificate(listOwnNames('0123456789ab'), new Date());
    const { exitCode, stdout, stderr } = await runProgram(['client', 'podman'], createInputs(own));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe(
      'registry-cache: --address: found nothing, and no host name for clients in the certificate; accepted: where clients reach the cache, such as cache.example.com:8443; CERTIFICATE_NAMES adds such a name to a certificate that is made here\n',
    );
  });

  it('warns if clients would refuse the certificate', async () => {
    const { exitCode, stderr } = await client('podman', '--address=10.1.2.3:8443');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('the certificate is not for 10.1.2.3 but for DNS:cache.test');
  });

  it('fails without the certificate in use', async () => {
    const { CERTIFICATEPATH: _, ...inputs } = createInputs();
    const missing = { ...inputs, CERTIFICATEPATH: '/nowhere/certs.pem' };
    const { exitCode, stderr } = await runProgram(['client', 'podman', ADDRESS], missing);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('/nowhere/certs.pem: found no such file');
  });

  it('prints the pinned line for systemd, and the script with the authority', async () => {
    const CA_DIR = createFolder();
    const { certificatePem, keyPem } = await createAuthority(new Date());
    writeFileSync(join(CA_DIR, 'ca.crt'), certificatePem);
    writeFileSync(join(CA_DIR, 'ca.key'), keyPem);
    const inputs = { ...createInputs(), CA_DIR, CONNECT_LISTEN: ':3129' };
    const ask = (...args: string[]) => runProgram(['client', 'systemd', ADDRESS, ...args], inputs);
    const { stdout } = await ask('--curl');
    expect(stdout).toMatch(
      /^curl -fsS --insecure --pinnedpubkey 'sha256\/\/[\w+/]{43}=' https:\/\/cache\.test:8443\/setup\/systemd \| sh\n$/,
    );
    const shown = stdout.replace(/[\w+/]{43}=/, '…').replace('cache.test', 'cache.example.com');
    expect(readText('docs/https-proxy.md')).toContain(shown.trim());
    const script = (await ask('--script')).stdout;
    expect(script).toMatch(/^PROXY=.*-http:\/\/cache\.test:3129}$/m);
    expect(script).toContain('\nWAY=tls\n');
    expect(script).toContain(certificatePem.trim());
    expect(script).not.toContain('PRIVATE KEY');
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
    expect((await ask('--out=/tmp/x')).stderr).toContain('--out: found /tmp/x');
    const off = await client('systemd', ADDRESS);
    expect(off.stderr).toContain('CONNECT_PROXY: found no proxy');
  });

  it('lists the known clients for an unknown one', async () => {
    const { exitCode, stderr } = await client('rkt', ADDRESS);
    expect(exitCode).toBe(1);
    for (const name of Object.keys(CLIENTS)) expect(stderr).toContain(name);
  });
});
