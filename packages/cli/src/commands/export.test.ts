import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOSTED_ID, hostedDir } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { OurStore } from '../testing/our-store.ts';
import { createFolder, runProgram } from '../testing/run-program.ts';

function open() {
  const home = createFolder();
  const store = new OurStore(createFolder());
  const pullSecret = join(home, 'pull-secret.json');
  writeFileSync(pullSecret, JSON.stringify({ auths: { 'quay.io': {}, 'docker.io': {} } }));
  const env = {
    REGISTRYDIR: store.root,
    RUNDIR: join(home, 'run'),
    PULLSECRETPATH: pullSecret,
  };
  const run = (...args: string[]) => runProgram(args, env);
  return { home, out: join(home, 'out'), store, run };
}

it('exports images by their names, and says the digest of the bundle', async () => {
  const { out, store, run } = open();
  const image = store.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  store.addImage('docker.io', 'library/redis', 'latest', ['redis']);
  const { exitCode, stdout, stderr } = await run(
    'export',
    'quay.io/team/app:v1',
    'redis',
    '--out',
    out,
  );
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^2 images; \d+ B written, 0 B there before; bundle sha256:[a-f0-9]{64}\n$/,
  );
  const { manifests } = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'));
  const names = manifests.map(
    (one: { annotations: Record<string, string> }) =>
      one.annotations['org.opencontainers.image.ref.name'],
  );
  expect(names.sort()).toEqual(['docker.io/library/redis:latest', 'quay.io/team/app:v1']);
  expect(JSON.stringify(manifests)).toContain(image);
  const verified = await run('verify', out);
  expect([verified.exitCode, verified.stdout]).toEqual([
    0,
    expect.stringContaining('; whole; bundle sha256:'),
  ]);
});

it('exports what a list names, and ends with status 1 where something lacks', async () => {
  const { home, out, store, run } = open();
  store.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  const list = join(home, 'images.txt');
  writeFileSync(list, '# ours\nquay.io/team/app:v1  # the first\n\nquay.io/team/app:v2\n');
  const { exitCode, stdout, stderr } = await run('export', '--list', list, '--out', out);
  // A slow machine sees progress, too.
  const said = stderr.split('\n').filter((line) => !line.startsWith('{"work":"export"'));
  expect([exitCode, ...said]).toEqual([
    1,
    'registry-cache: left out quay.io/team/app:v2: it is not here',
    '',
  ]);
  expect(stdout).toMatch(/^1 image; /);
});

it('exports every image that is whole, and names the others without a failure', async () => {
  const { out, store, run } = open();
  store.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  store.addImage('quay.io', 'team/other', 'v1', ['gone']);
  rmSync(store.blobOf('gone'));
  const { exitCode, stdout, stderr } = await run('export', '--all', '--out', out, '--json');
  expect([exitCode, JSON.parse(stdout).images]).toEqual([0, 1]);
  expect(stderr).toContain('left out quay.io/team/other:v1: not here: sha256:');
});

it('writes a tar to standard output', async () => {
  const { home, store, run } = open();
  store.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  const { exitCode, stdout, stderr } = await run('export', 'quay.io/team/app:v1', '--out', '-');
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('bundle sha256:')]);
  const tar = join(home, 'bundle.tar');
  writeFileSync(tar, stdout);
  const list = execFileSync('tar', ['-tf', tar]).toString();
  expect(list).toMatch(/^bundle\.json\nbundle\.json\.sha256\noci-layout\nindex\.json\n/);
  expect((await run('verify', tar)).exitCode).toBe(0);
  writeFileSync(tar, stdout.replace('a layer', 'a lxyer'));
  const damaged = await run('verify', tar);
  expect([damaged.exitCode, damaged.stdout]).toEqual([
    1,
    expect.stringMatching(/^damaged blobs\//),
  ]);
});

it('cuts a bundle into parts, and makes a lost one again', async () => {
  const { out, store, run } = open();
  store.addImage('quay.io', 'team/app', 'v1', ['x'.repeat(150_000)]);
  const args = ['export', 'quay.io/team/app:v1', '--out', out, '--part-size', '64K'];
  const first = await run(...args);
  expect(first.exitCode).toBe(0);
  const part = readFileSync(join(out, 'part-0002'));
  rmSync(join(out, 'part-0002'));
  const verified = await run('verify', out);
  expect([verified.exitCode, verified.stdout]).toEqual([
    1,
    expect.stringContaining('missing part-0002\n'),
  ]);
  expect((await run(...args)).stdout).toContain('64 KiB written');
  expect(readFileSync(join(out, 'part-0002')).equals(part)).toBe(true);
});

it.each([
  [['quay.io/app:v1'], '--out OUT, which has other files'],
  [
    ['ghcr.io/app:v1'],
    'REF: found ghcr.io, of ghcr.io/app:v1; accepted: a registry that is served here',
  ],
  [['quay.io/App'], 'REF: found "quay.io/App"'],
  [[], 'found no images; accepted: one of: images, --list FILE, --all'],
  [['--all', 'quay.io/app'], 'found images and --all'],
  [['quay.io/app', '--part-size', '1K'], '--part-size: found 1K; accepted: 64 KiB or more'],
  [['quay.io/app', '--for', 'zot'], '--for: found zot; accepted: docker'],
])('refuses %s', async (args, message) => {
  const { out, store, run } = open();
  store.addImage('quay.io', 'app', 'v1', ['a layer']);
  mkdirSync(join(out, 'photos'), { recursive: true });
  const { exitCode, stderr } = await run('export', ...args, '--out', out);
  expect(exitCode).toBe(1);
  expect(stderr.replaceAll(out, 'OUT').replace('found OUT', 'OUT')).toContain(
    message.replace('--out OUT', '--out: OUT'),
  );
  expect(existsSync(join(out, 'index.json'))).toBe(false);
});

it('has the manifest that docker reads, of one platform', async () => {
  const { out, store, run } = open();
  store.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  expect(
    (await run('export', 'quay.io/team/app:v1', '--for', 'docker', '--out', out)).exitCode,
  ).toBe(0);
  const [entry] = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  expect(entry.RepoTags).toEqual(['quay.io/team/app:v1']);
});

it('exports hosted images too, which another cache takes by a push', async () => {
  const { home, out, store, run } = open();
  store.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  const hosted = new OurStore(hostedDir(store.root));
  hosted.addImage(HOSTED_ID, 'apps/team/own', 'v1', ['our layer']);
  const policy = join(home, 'policy.yaml');
  writeFileSync(policy, 'hosted: {apps: {}}');
  const withPolicy = (...args: string[]) =>
    runProgram(args, {
      REGISTRYDIR: store.root,
      RUNDIR: join(home, 'run'),
      PULLSECRETPATH: join(home, 'pull-secret.json'),
      POLICYPATH: policy,
    });
  const all = await withPolicy('export', '--all', '--out', out);
  expect([all.exitCode, all.stdout]).toEqual([0, expect.stringMatching(/^2 images; /)]);
  expect(readFileSync(join(out, 'index.json'), 'utf8')).toContain('"apps/team/own:v1"');
  const one = await withPolicy('export', 'apps/team/own:v1', '--out', join(home, 'one'));
  expect([one.exitCode, one.stdout]).toEqual([0, expect.stringMatching(/^1 image; /)]);
  expect((await run('verify', out)).exitCode).toBe(0);
  const imported = await withPolicy('import', out);
  expect([imported.exitCode, imported.stdout.split('\n')[0]]).toEqual([
    1,
    expect.stringMatching(
      /^refused apps\/team\/own:v1: hosted images are imported while the cache runs/,
    ),
  ]);
});
