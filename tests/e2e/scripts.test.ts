import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeTemporaryFolder, runCommand, runOrThrow } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdAlone } from './hold-alone.ts';
import { IMAGE } from './inside.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const state = await makeTemporaryFolder('state');
const env = { XDG_STATE_HOME: state.path };

let port: AsyncDisposable;

const run = (script: string, ...args: string[]) =>
  runCommand(join(ROOT, 'scripts', script), args, { env, timeoutMs: 300_000 });

beforeAll(async () => {
  port = await holdAlone('port 8443');
  // The test must not replace an appliance that somebody has started by hand.
  const pod = await runCommand('podman', ['pod', 'exists', 'registry-cache']);
  if (pod.exitCode === 0) throw new Error('an appliance runs; stop it by ./scripts/down');
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
    for (const name of ['registry-cache-registry-cache', 'registry-cache-demo-upstream']) {
      const image = await runOrThrow('podman', ['inspect', '--format', '{{.ImageName}}', name]);
      expect(image, name).toBe(IMAGE);
    }
  });

  it('deployment.yaml is read-only, and has five capabilities that cannot grow', async () => {
    const container = 'registry-cache-registry-cache';
    const status = ['exec', container, 'grep', '-E', '^(CapBnd|NoNewPrivs)', '/proc/1/status'];
    expect(await runOrThrow('podman', status)).toBe('CapBnd:\t00000000000000e3\nNoNewPrivs:\t1');
    const write = await runCommand('podman', ['exec', container, 'touch', '/usr/x']);
    expect(write.stderr).toContain('Read-only file system');
  });

  it('down stops both, and leaves the stored content', async () => {
    const { exitCode, stderr } = await run('down');
    expect(exitCode).toBe(0);
    expect(stderr).toContain("stopped the appliance and the demo's upstream");
    const left = await runOrThrow('podman', ['ps', '--all', '--format', '{{.Names}}']);
    expect(left).not.toContain('registry-cache-registry-cache');
    expect(left).not.toContain('registry-cache-demo-upstream');
    await access(join(state.path, 'registry-cache-demo/certs/certs.pem'));
    await access(join(state.path, 'registry-cache-demo/data/blobs/sha256'));
    expect((await run('down')).stderr).toContain('nothing was running');
  });

  it('up refuses an unknown option', async () => {
    const { exitCode, stderr } = await run('up', '--dmeo');
    expect(exitCode).toBe(1);
    expect(stderr).toBe("error: '--dmeo' is not an option of up; there is --demo");
  });
});
