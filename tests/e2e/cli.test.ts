import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Appliance, type Bundle, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const SCHEMA = resolve(import.meta.dirname, '../../docs/registry-cache.schema.json');
let stage: Stage;
let appliance: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'cli' });
  appliance = await stage.appliance(
    { 'reg.test:5000': upstream },
    { env: { CLEANER_MAXSIZE: '3G', IGNOREREGISTRYLIST: 'other.test' } },
  );
  await pullTargets(appliance, listTargets('reg.test_5000', 'team/app', 'v1', image));
});

afterAll(() => stage[Symbol.asyncDispose]());

const run = async (...args: string[]) => {
  const result = await appliance.exec(['registry-cache', ...args]);
  return { ...result, lines: result.stdout.split('\n') };
};

describe('registry-cache in the container', () => {
  it('logs prints a line for each request, for people and for programs', async () => {
    const digest = layersOf(image)[0]?.digest ?? '';
    const found = await until('the blob is in the log', async () => {
      const { lines } = await run('logs', '--json');
      return lines.find((line) => line.includes(`/blobs/${digest}`));
    });
    expect(JSON.parse(found)).toMatchObject({
      upstream: 'reg.test_5000',
      repository: 'team/app',
      kind: 'blob',
      digest,
      status: 200,
      // Prefetch may have stored it already.
      cache: expect.stringMatching(/^(MISS|HIT)$/),
    });
    const { stdout } = await run('logs');
    expect(stdout).toContain(digest.slice(7, 19));
    expect(stdout).toMatch(/MISS|HIT/);
  });

  it('check prints what is served and how, or every issue at once', async () => {
    const { exitCode, lines } = await run('check');
    expect(exitCode).toBe(0);
    expect(lines[0]).toMatch(
      /^reg\.test:5000: \/v2\/reg\.test:5000\/ \/v2\/reg\.test_5000\/ from http:\/\/\S+, anonymous$/,
    );
    expect(lines.at(-1)).toBe('all input is good');

    const bad = await appliance.exec(
      ['registry-cache', 'check', '--pull-secret=/dev/stdin', '--policy=/none'],
      { input: '{"auths": {"a b": {}, "quay.io": {"auth": "secret-word"}}}' },
    );
    expect(bad.exitCode).not.toBe(0);
    expect(bad.stderr).toContain('auths["a b"]: found "a b"; accepted: a registry host');
    expect(bad.stderr).toContain('auths["quay.io"].auth: found 11 characters; accepted: base64');
    expect(bad.stderr).not.toContain('secret-word');
  });

  it('render writes the configuration of the programs, without its secrets', async () => {
    const { exitCode, lines } = await run('render', '--out=/tmp/rendered');
    expect(exitCode).toBe(0);
    expect(lines).toContain('/tmp/rendered/etc/haproxy/haproxy.cfg');
    expect(lines).toContain('/tmp/rendered/etc/engines/reg.test_5000.yml');
    const all = await appliance.exec(['sh', '-c', 'cat $(find /tmp/rendered -type f)']);
    const secret = await appliance.exec(['cat', '/run/registry-cache/secrets/boot-secret']);
    expect(all.stdout).not.toContain(secret.stdout);
    expect(all.stdout).not.toContain('PRIVATE KEY');
    const running = await appliance.exec(['cat', '/run/registry-cache/etc/haproxy/prefixes.map']);
    const drafted = await appliance.exec(['cat', '/tmp/rendered/etc/haproxy/prefixes.map']);
    expect(drafted.stdout).toBe(running.stdout);
  });

  it('settings and schema print every setting and key', async () => {
    const settings = await run('settings');
    expect(settings.lines).toContain('CLEANER_MAXSIZE (10G)');
    const { stdout } = await run('schema');
    expect(stdout.trimEnd()).toBe((await readFile(SCHEMA, 'utf8')).trimEnd());
  });

  it('prune shrinks the store to a size, by the settings of the container', async () => {
    const untouched = await run('prune', '--dry-run');
    expect(untouched.lines.at(-1)).toMatch(/ in 3 blobs; 0 would be removed, 0 B$/);
    await until('everything is old enough to go', async () => {
      return (await run('prune', '--dry-run', '--to=1')).lines
        .at(-1)
        ?.includes('3 would be removed');
    });
    const { exitCode, stdout } = await run('prune', '--to=1');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ before, 0 B after, 5 links removed, 0 blobs remain$/);
    const left = await readdir(join(appliance.storeDir, 'blobs'), { recursive: true });
    expect(left.filter((path) => path.endsWith('data'))).toEqual([]);
    await pullTargets(appliance, listTargets('reg.test_5000', 'team/app', 'v1', image));
  });

  it('an unknown command gets the list of commands', async () => {
    const { exitCode, stderr } = await run('prunes');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("unknown command 'prunes'");
    expect(stderr).toContain('prune');
  });
});
