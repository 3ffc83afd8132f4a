import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  createHttpClient,
  makeTemporaryFolder,
  runCommand,
  runOrThrow,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClientMachine } from './client-machine.ts';
import { holdAlone } from './hold-alone.ts';
import { IMAGE } from './inside.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const state = await makeTemporaryFolder('state');
/** The name by which the documents call it. */
const CONTAINER = 'registry-cache';
const env = { XDG_STATE_HOME: state.path };

let port: AsyncDisposable;
/** The lines that `up` prints at its end, by the word before them. */
let steps: ReadonlyMap<string, readonly string[]>;

const run = (script: string, ...args: string[]) =>
  runCommand(join(ROOT, 'scripts', script), args, { env, timeoutMs: 300_000 });

beforeAll(async () => {
  port = await holdAlone('port 8443');
  // The test must not replace an appliance that somebody has started by hand.
  const { exitCode } = await runCommand('podman', ['container', 'exists', CONTAINER]);
  if (exitCode === 0) throw new Error('an appliance runs; stop it by ./scripts/down');
});

afterAll(async () => {
  await run('down');
  await port[Symbol.asyncDispose]();
  await state.remove();
});

describe('scripts/up and scripts/down', () => {
  it('up --demo builds, starts deployment.yaml and pulls twice: MISS, then HIT', async () => {
    const { exitCode, stdout, stderr } = await run('up', '--demo');
    expect(stderr).toMatch(/the first pull of localhost:8443\/demo\/demo\/hello:latest: MISS$/m);
    expect(stderr).toMatch(/the second pull of localhost:8443\/demo\/demo\/hello:latest: HIT$/m);
    expect(stdout).toContain('podman pull localhost:8443/demo/demo/hello:latest');
    expect(exitCode).toBe(0);
    expect(stderr).not.toMatch(/level=|unable to get systemd|syslog/);
    for (const name of [CONTAINER, 'registry-cache-demo-upstream']) {
      const image = await runOrThrow('podman', ['inspect', '--format', '{{.ImageName}}', name]);
      expect(image, name).toBe(IMAGE);
    }
    steps = readSteps(stdout);
    expect([...steps.keys()]).toEqual(['trust', 'pull', 'log in', 'look', 'page', 'stop']);
  });

  it('up prints lines that trust the cache and pull from it, on a machine as it is', async () => {
    await using machine = await openClientMachine({});
    const home = join(state.path, 'registry-cache-demo');
    for (const name of ['trust', 'pull', 'log in']) {
      for (const line of steps.get(name) ?? []) {
        // One of them asks for a password.
        const { exitCode, stderr } = await machine.sh(line, { input: 'pass-user\n' });
        expect(exitCode, `${line}: ${stderr}`).toBe(0);
      }
    }
    const [line = ''] = (await readFile(join(home, 'auth/htpasswd'), 'utf8')).split('\n');
    expect(line).toMatch(/^USER:\$2b\$10\$/);
    await runOrThrow('podman', ['image', 'rm', 'localhost:8443/demo/demo/hello:latest']);
  });

  it('up prints lines that follow the requests and the programs', async () => {
    const follow = (line: string) => runCommand('timeout', ['10', 'sh', '-c', line]);
    const [requests, programs] = await Promise.all((steps.get('look') ?? []).map(follow));
    // They are ended: they would follow for ever.
    expect(requests).toMatchObject({ exitCode: 124, stdout: expect.stringContaining('hello') });
    expect(programs).toMatchObject({
      exitCode: 124,
      stdout: expect.stringContaining('"msg":"serves"'),
    });
  });

  it('up prints the address of the page, which tells of both pulls on this machine alone', async () => {
    const [line = ''] = steps.get('page') ?? [];
    const [address = ''] = /https:\S+/.exec(line) ?? [];
    const ca = await readFile(join(state.path, 'registry-cache-demo/certs/certs.pem'), 'utf8');
    await using client = createHttpClient({ url: new URL(address).origin, ca });
    const missed = expect.objectContaining({ kind: 'manifest', code: 'never-pulled' });
    const page = await client.get('/');
    expect([page.status, page.text()]).toEqual([200, expect.stringContaining('<script')]);
    await expect
      .poll(async () => (await client.get('/api/v1/misses')).json())
      .toMatchObject({ misses: expect.arrayContaining([missed]) });
    const port = await runOrThrow('podman', ['port', CONTAINER, '8445/tcp']);
    expect(port).toBe('127.0.0.1:8445');
  });

  it('deployment.yaml is read-only, and has five capabilities that cannot grow', async () => {
    const status = ['exec', CONTAINER, 'grep', '-E', '^(CapBnd|NoNewPrivs)', '/proc/1/status'];
    expect(await runOrThrow('podman', status)).toBe('CapBnd:\t00000000000000e3\nNoNewPrivs:\t1');
    const write = await runCommand('podman', ['exec', CONTAINER, 'touch', '/usr/x']);
    expect(write.stderr).toContain('Read-only file system');
  });

  it('down stops both, and leaves the stored content', async () => {
    const [line = ''] = steps.get('stop') ?? [];
    const { exitCode, stderr } = await runCommand('sh', ['-c', line], { env });
    expect(exitCode).toBe(0);
    expect(stderr).toContain("stopped the appliance and the demo's upstream");
    expect(stderr).not.toMatch(/level=|unable to get systemd/);
    const left = await runOrThrow('podman', ['ps', '--all', '--format', '{{.Names}}']);
    expect(left.split('\n')).not.toContain(CONTAINER);
    expect(left).not.toContain('registry-cache-demo-upstream');
    await access(join(state.path, 'registry-cache-demo/certs/certs.pem'));
    await access(join(state.path, 'registry-cache-demo/data/blobs/sha256'));
    expect((await run('down')).stderr).toContain('nothing was running');
  });

  it('up replaces no pod of another origin, and down leaves it', async () => {
    await runOrThrow('podman', ['pod', 'create', '--infra=false', '--name=registry']);
    try {
      const { exitCode, stderr } = await run('up', '--demo');
      expect(exitCode).toBe(1);
      expect(stderr).toContain("error: there is a pod 'registry' that is not of this program");
      expect((await run('down')).stderr).toContain('nothing was running');
    } finally {
      await runOrThrow('podman', ['pod', 'rm', 'registry']);
    }
  });

  it('up refuses an unknown option', async () => {
    const { exitCode, stderr } = await run('up', '--dmeo');
    expect(exitCode).toBe(1);
    expect(stderr).toBe("error: '--dmeo' is not an option of up; there is --demo");
  });
});

/** A step has a word in the first columns, and a line of shell in each line from there on. */
function readSteps(stdout: string): Map<string, string[]> {
  const read = new Map<string, string[]>();
  let name = '';
  for (const [, word = '', line = ''] of stdout.matchAll(/^ {2}([a-z ]{8})(\S.*)$/gm)) {
    name = word.trim() || name;
    read.set(name, [...(read.get(name) ?? []), line]);
  }
  return read;
}
