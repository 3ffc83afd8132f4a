import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLIENTS } from './clients.ts';
import { formatHeredoc, renderInstallScript } from './script.ts';
import type { ClientSetup } from './setup.ts';

const ODD = `o"d'd \\ $(touch x) \`y\` %z !`;
const SETUP: ClientSetup = {
  address: 'cache.example.com:8443',
  registries: [
    { key: 'docker.io', host: 'docker.io', prefix: 'docker.io', isOffline: false },
    { key: ODD, host: ODD, prefix: ODD, isOffline: false },
  ],
  ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  isHub: true,
  hasLogin: true,
};

/** A folder that stands for the machine's root. */
function createRoot(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'registry-cache-clients-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function run(script: string, root: string, shell = 'sh') {
  const env = { PATH: process.env.PATH ?? '', ROOT: root };
  const { status, stdout, stderr } = spawnSync(shell, {
    input: script,
    env,
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout: stdout.replaceAll(root, ''), stderr: stderr.replaceAll(root, '') };
}

const scriptOf = (client: string, setup = SETUP) => CLIENTS[client]?.script(setup) ?? '';
const linesOf = (text: string, start: string) =>
  text.split('\n').filter((line) => line.startsWith(start));

describe('the script of a set-up', () => {
  it.each(['podman', 'docker', 'containerd', 'containerd-default', 'crio', 'k3s'])(
    'writes the files of %s, to the byte, and nothing the second time',
    (client) => {
      for (const shell of ['sh', 'bash']) {
        const root = createRoot();
        const first = run(scriptOf(client), root, shell);
        expect(first).toMatchObject({ status: 0, stderr: '' });
        const { files = [], notes = [] } = CLIENTS[client]?.plan(SETUP) ?? {};
        for (const { path, content, mode } of files) {
          expect(readFileSync(join(root, path), 'utf8')).toBe(content);
          expect(statSync(join(root, path)).mode & 0o777).toBe(mode);
        }
        expect(linesOf(first.stdout, 'wrote ')).toHaveLength(files.length);
        expect(linesOf(first.stdout, 'then: ')).toHaveLength(notes.length);
        expect(linesOf(run(scriptOf(client), root).stdout, 'unchanged: ')).toHaveLength(
          files.length,
        );
      }
    },
  );

  it('gives the documents of openshift to oc, with the key of the certificate by the address', () => {
    // oc itself cannot run here, so a program stands for it that keeps what it is given.
    const oc = '#!/bin/sh\n[ "$*" = "apply --server-side --filename=-" ] && cat >"$ROOT/applied"\n';
    for (const address of ['cache.example.com:8443', 'cache.example.com']) {
      const bin = createRoot({ '/oc': oc });
      spawnSync('chmod', ['+x', join(bin, 'oc')]);
      const setup = { ...SETUP, address };
      const env = { PATH: `${bin}:${process.env.PATH}`, ROOT: bin };
      const input = scriptOf('openshift', setup);
      const outcome = spawnSync('sh', { input, env, encoding: 'utf8' });
      expect(outcome).toMatchObject({ status: 0, stderr: '' });
      expect(linesOf(outcome.stdout, 'then: ')).toHaveLength(2);
      const { files = [] } = CLIENTS.openshift?.plan(setup) ?? {};
      const applied = readFileSync(join(bin, 'applied'), 'utf8');
      const contents = files.map(({ content }) => content.slice(content.indexOf('\n') + 1));
      expect(applied).toBe(contents.join('---\n'));
    }
  });

  it('replaces its own file, and keeps the former one', () => {
    const root = createRoot();
    run(scriptOf('k3s'), root);
    const path = '/etc/rancher/k3s/registries.yaml';
    const former = readFileSync(join(root, path), 'utf8');
    const { status, stdout } = run(scriptOf('k3s', { ...SETUP, address: 'other.test:1' }), root);
    expect(status).toBe(0);
    expect(stdout).toContain(`replaced ${path}, which is now ${path}.old`);
    expect(readFileSync(join(root, path), 'utf8')).toContain('"https://other.test:1"');
    expect(readFileSync(join(root, `${path}.old`), 'utf8')).toBe(former);
  });

  it("leaves somebody else's file alone, prints the missing lines, and fails", () => {
    const root = createRoot({ '/etc/docker/daemon.json': '{"debug": true}\n' });
    const { status, stdout, stderr } = run(scriptOf('docker'), root);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^not changed, .*: \/etc\/docker\/daemon\.json; this belongs into it:\n/,
    );
    expect(stderr).toContain('    "https://cache.example.com:8443"\n');
    expect(readFileSync(join(root, '/etc/docker/daemon.json'), 'utf8')).toBe('{"debug": true}\n');
    // The other files are still written.
    expect(stdout).toContain('wrote /etc/docker/certs.d/cache.example.com:8443/ca.crt');
  });

  it("leaves somebody else's file alone that has the lines already", () => {
    const merged = '{"debug": true, "registry-mirrors": ["https://cache.example.com:8443"]}\n';
    const root = createRoot({ '/etc/docker/daemon.json': merged });
    const { status, stdout } = run(scriptOf('docker'), root);
    expect(status).toBe(0);
    expect(stdout).toContain('has it already: /etc/docker/daemon.json');
  });

  it('does not take a comment for a setting', () => {
    const config = '# config_path = "/etc/containerd/certs.d"\n';
    const root = createRoot({ '/etc/containerd/config.toml': config });
    expect(run(scriptOf('containerd'), root).status).toBe(1);
  });

  it('does nothing when only half of it arrives', () => {
    const root = createRoot();
    const script = scriptOf('podman');
    run(script.slice(0, script.lastIndexOf('exit')), root);
    expect(() => statSync(join(root, 'etc'))).toThrow('ENOENT');
  });

  it('asks for root where it would write below /etc', () => {
    const bin = createRoot({ '/id': '#!/bin/sh\necho 1000\n' });
    spawnSync('chmod', ['+x', join(bin, 'id')]);
    const file = { path: join(bin, 'etc/x'), content: 'x\n', mode: 0o644 };
    const input = renderInstallScript(SETUP, 'nobody', { files: [file], notes: [] });
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const outcome = spawnSync('sh', { input, env, encoding: 'utf8' });
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain('run it as root');
  });

  it('refuses text that would end a heredoc early', () => {
    const file = { path: '/a', content: 'x\nEND_OF_FILE\nrm -rf /\n', mode: 0o644 };
    const plan = { files: [file], notes: [] };
    expect(() => renderInstallScript(SETUP, 'nobody', plan)).toThrow('END_OF_FILE');
    expect(() => formatHeredoc('without an end of line', 'END')).toThrow();
  });
});
