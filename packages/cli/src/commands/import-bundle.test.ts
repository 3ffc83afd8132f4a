import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HOSTED_ID, hostedDir } from '@registry-cache/domain';
import { readPins } from '@registry-cache/pins';
import { expect, it } from 'vitest';
import { digestOf, openOurStore } from '../testing/distribution-store.ts';
import { OurStore } from '../testing/our-store.ts';
import { createFolder, runProgram, startProgram } from '../testing/run-program.ts';

/** Two caches: one with images, and one without. */
function open() {
  const home = createFolder();
  const pullSecret = join(home, 'pull-secret.json');
  writeFileSync(pullSecret, JSON.stringify({ auths: { 'quay.io': {}, 'docker.io': {} } }));
  const near = new OurStore(createFolder());
  const root = createFolder();
  const environment = (store: string) => ({
    REGISTRYDIR: store,
    RUNDIR: join(home, 'run'),
    PULLSECRETPATH: pullSecret,
  });
  const bundle = join(home, 'bundle');
  return {
    near,
    root,
    far: openOurStore(root),
    bundle,
    farEnvironment: environment(root),
    exportTo: async (...args: string[]) => {
      const done = await runProgram(['export', '--out', bundle, ...args], environment(near.root));
      expect([done.exitCode, done.stderr]).toEqual([0, expect.not.stringContaining('left out')]);
    },
    run: (args: readonly string[], more: Record<string, string> = {}) =>
      runProgram(['import', ...args], { ...environment(root), ...more }),
  };
}

const blobIn = (bundle: string, digest: string) => join(bundle, 'blobs', digest.replace(':', '/'));

it('carries images from one cache to another', async () => {
  const { near, root, far, bundle, exportTo, run } = open();
  const image = near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  near.addImage('docker.io', 'library/redis', '7', ['redis']);
  await exportTo('--all');
  const { exitCode, stdout, stderr } = await run([bundle]);
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringMatching(/^2 images \(\d+ B\) imported, 0 here before, 0 refused\n$/),
  ]);
  expect(stderr).toContain('2 images, ');
  expect(far.tag('team/app', 'v1')).toBe(image);
  expect(far.hasManifest('team/app', image)).toBe(true);
  expect(far.hasLayer('team/app', digestOf('a layer'))).toBe(true);
  expect(readFileSync(far.blob(digestOf('a layer')), 'utf8')).toBe('a layer');
  expect(openOurStore(root, 'docker.io').tag('library/redis', '7')).toMatch(/^sha256:/);
  expect(readdirSync(join(root, 'egress'))).toEqual([]);
  expect((await run([bundle])).stdout).toBe('0 images (0 B) imported, 2 here before, 0 refused\n');
});

it('refuses an image with a wrong blob, and keeps nothing of it', async () => {
  const { near, root, far, bundle, exportTo, run } = open();
  const bad = near.addImage('quay.io', 'team/bad', 'v1', ['first', 'a layer']);
  const good = near.addImage('quay.io', 'team/good', 'v1', ['a good layer']);
  await exportTo('--all');
  writeFileSync(blobIn(bundle, digestOf('a layer')), 'a lxyer');
  const { exitCode, stdout } = await run([bundle]);
  expect([exitCode, stdout.split('\n')[0]]).toEqual([
    1,
    `refused quay.io/team/bad:v1: the bytes of ${digestOf('a layer')} are not its own`,
  ]);
  expect(far.tag('team/good', 'v1')).toBe(good);
  expect(far.tag('team/bad', 'v1')).toBeUndefined();
  expect(
    [bad, digestOf('first'), digestOf('a layer')].map((one) => existsSync(far.blob(one))),
  ).toEqual([false, false, false]);
  expect(readdirSync(join(root, 'egress'))).toEqual([]);
});

it('names registries that are not served here, and takes the other images', async () => {
  const { near, bundle, exportTo, run, farEnvironment } = open();
  near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  near.addImage('docker.io', 'library/redis', '7', ['redis']);
  await exportTo('--all');
  writeFileSync(farEnvironment.PULLSECRETPATH, JSON.stringify({ auths: { 'quay.io': {} } }));
  const { exitCode, stdout } = await run([bundle]);
  expect([exitCode, stdout]).toEqual([
    1,
    expect.stringMatching(/^not served here: docker\.io, of 1 image\n1 image /),
  ]);
});

it('gives images without a registry the name that is asked for', async () => {
  const { near, far, bundle, exportTo, run } = open();
  const image = near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  await exportTo('--all');
  for (const name of ['bundle.json', 'bundle.json.sha256']) rmSync(join(bundle, name));
  const index = readFileSync(join(bundle, 'index.json'), 'utf8');
  writeFileSync(join(bundle, 'index.json'), index.replaceAll('quay.io/team/app:v1', 'v2'));
  const nameless = await run([bundle]);
  expect([nameless.exitCode, nameless.stdout]).toEqual([
    1,
    expect.stringContaining('no registry in the name v2: give it by --as\n'),
  ]);
  expect((await run([bundle, '--as', 'quay.io/mine/app'])).exitCode).toBe(0);
  expect(far.tag('mine/app', 'v2')).toBe(image);
});

it('takes a name of localhost as one without a registry, unless the cache was that registry', async () => {
  const { near, far, bundle, exportTo, run } = open();
  const image = near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  await exportTo('--all');
  for (const name of ['bundle.json', 'bundle.json.sha256']) rmSync(join(bundle, name));
  const index = readFileSync(join(bundle, 'index.json'), 'utf8');
  const rename = (name: string) =>
    writeFileSync(join(bundle, 'index.json'), index.replaceAll('quay.io/team/app:v1', name));
  for (const host of ['localhost', 'localhost:5000']) {
    rename(`${host}/app:v3`);
    const nameless = await run([bundle]);
    expect([nameless.exitCode, nameless.stdout]).toEqual([
      1,
      expect.stringContaining('no registry in the name app:v3: give it by --as\n'),
    ]);
  }
  expect((await run([bundle, '--as', 'quay.io/mine'])).exitCode).toBe(0);
  expect(far.tag('mine/app', 'v3')).toBe(image);
  rename('localhost:8443/quay.io/mine/app:v4');
  expect((await run([bundle])).exitCode).toBe(0);
  expect(far.tag('mine/app', 'v4')).toBe(image);
});

it('says in a dry run what would be imported, and imports nothing', async () => {
  const { near, far, bundle, exportTo, run } = open();
  near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  await exportTo('--all');
  const dry = await run([bundle, '--dry-run']);
  expect([dry.exitCode, dry.stderr, dry.stdout]).toEqual([
    0,
    '',
    expect.stringMatching(/^1 image \(\d+ B not here\) to import, 0 refused\n$/),
  ]);
  const { stdout } = await run([bundle, '--dry-run', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    toImport: ['quay.io/team/app:v1'],
    imported: [],
    newBytes: expect.any(Number),
  });
  expect(far.tag('team/app', 'v1')).toBeUndefined();
});

it('writes nothing where there is no room, and says how much is needed', async () => {
  const { near, far, bundle, exportTo, run } = open();
  near.addImage('quay.io', 'team/app', 'v1', ['x'.repeat(2_000_000)]);
  await exportTo('--all');
  const { exitCode, stderr } = await run([bundle], { CLEANER_MAXSIZE: '1M' });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('CLEANER_MAXSIZE: found 1 MiB')]);
  expect(existsSync(far.blob(digestOf('x'.repeat(2_000_000))))).toBe(false);
});

it('pins what it brings, and lets other content make room for it', async () => {
  const { near, root, bundle, exportTo, run } = open();
  const image = near.addImage('quay.io', 'team/app', 'v1', ['x'.repeat(200_000)]);
  await exportTo('--all');
  new OurStore(root).addImage('quay.io', 'team/other', 'v1', ['y'.repeat(400_000)]);
  expect(await run([bundle], { CLEANER_MAXSIZE: '1M' })).toMatchObject({ exitCode: 0 });
  const { pins } = await readPins(root);
  expect(pins).toMatchObject([
    {
      ...{ upstreamId: 'quay.io', repository: 'team/app', tag: 'v1', digest: image },
      ...{ why: 'import', by: 'operator' },
    },
  ]);
  near.addImage('quay.io', 'team/large', 'v1', ['z'.repeat(400_000)]);
  await exportTo('--all');
  const again = await run([bundle], { CLEANER_MAXSIZE: '1M' });
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('are used')]);
});

it('refuses a bundle whose list of images was changed', async () => {
  const { near, bundle, exportTo, run } = open();
  near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  await exportTo('--all');
  const index = readFileSync(join(bundle, 'index.json'), 'utf8');
  writeFileSync(join(bundle, 'index.json'), index.replaceAll('team/app', 'evil/app'));
  const { exitCode, stderr } = await run([bundle]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('it is not that of bundle.json')]);
});

it('reads a tar from standard input', async () => {
  const { near, far, farEnvironment, exportTo, bundle } = open();
  near.addImage('quay.io', 'team/app', 'v1', ['a layer']);
  await exportTo('--all');
  const { stdout: input } = spawnSync('tar', ['-C', bundle, '-cz', '.']);
  const main = join(import.meta.dirname, '../main.ts');
  const { status, stderr } = spawnSync(process.execPath, [main, 'import', '-'], {
    input,
    env: { PATH: process.env.PATH ?? '', ...farEnvironment },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, expect.stringContaining('standard input: 1 image,')]);
  expect(far.tag('team/app', 'v1')).toMatch(/^sha256:/);
});

it('shows an image whole or not at all, wherever it is killed, and goes on', async () => {
  const { near, root, far, bundle, exportTo, run, farEnvironment } = open();
  const layers = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(300_000)}`);
  const image = near.addImage('quay.io', 'team/app', 'v1', layers);
  await exportTo('--all');
  for (let killed = 0; killed < 4; killed += 1) {
    const child = startProgram(['import', bundle], farEnvironment);
    await expect
      .poll(() => existsSync(join(root, 'egress')) && readdirSync(join(root, 'egress')).length)
      .toBeGreaterThan(0);
    await setTimeout(killed * 40);
    child.kill('SIGKILL');
    if (far.hasManifest('team/app', image)) {
      expect(layers.every((layer) => existsSync(far.blob(digestOf(layer))))).toBe(true);
    } else expect(far.tag('team/app', 'v1')).toBeUndefined();
  }
  expect((await run([bundle])).exitCode).toBe(0);
  expect(far.tag('team/app', 'v1')).toBe(image);
});

it('takes a delta by the receipt of the far side, image by image', async () => {
  const { near, far, bundle, exportTo, run, root, farEnvironment } = open();
  const old = near.addImage('quay.io', 'team/app', 'v1', ['base']);
  await exportTo('quay.io/team/app:v1');
  expect((await run([bundle])).exitCode).toBe(0);
  const { digest } = JSON.parse((await run([bundle, '--json'])).stdout);
  const receipt = await runProgram(['receipt'], farEnvironment);
  expect(receipt.exitCode).toBe(0);
  expect(JSON.parse(receipt.stdout)).toMatchObject({ bundles: [digest], count: 3 });
  writeFileSync(join(root, 'receipt.json'), receipt.stdout);
  const next = near.addImage('quay.io', 'team/app', 'v2', ['base', 'new']);
  near.addImage('quay.io', 'team/other', 'v1', ['other']);
  rmSync(bundle, { recursive: true });
  await exportTo('--all', '--against', join(root, 'receipt.json'));
  expect(existsSync(blobIn(bundle, digestOf('base')))).toBe(false);
  expect((await runProgram(['verify', bundle], farEnvironment)).exitCode).toBe(0);
  rmSync(far.blob(digestOf('base')));
  const lacking = await run([bundle]);
  expect([lacking.exitCode, lacking.stdout.split('\n').slice(0, 2)]).toEqual([
    1,
    ['v1', 'v2'].map((tag) => `refused quay.io/team/app:${tag}: it lacks ${digestOf('base')}`),
  ]);
  expect(lacking.stdout).toContain('1 image (');
  expect([far.tag('team/app', 'v1'), far.tag('team/app', 'v2')]).toEqual([old, undefined]);
  writeFileSync(far.blob(digestOf('base')), 'base');
  expect((await run([bundle])).exitCode).toBe(0);
  expect(far.tag('team/app', 'v2')).toBe(next);
});

it('takes what a delta leaves out from hosted images', async () => {
  const { near, far, bundle, exportTo, run, root, farEnvironment } = open();
  near.addImage('quay.io', 'team/base', 'v1', ['base']);
  await exportTo('--all');
  const next = near.addImage('quay.io', 'team/app', 'v1', ['base', 'new']);
  const delta = `${bundle}-2`;
  const since = ['export', '--out', delta, '--all', '--since', bundle];
  const exported = await runProgram(since, { ...farEnvironment, REGISTRYDIR: near.root });
  expect([exported.exitCode, existsSync(blobIn(delta, digestOf('base')))]).toEqual([0, false]);
  new OurStore(hostedDir(root)).addImage(HOSTED_ID, 'apps/base', 'v1', ['base']);
  const { stdout } = await run([delta]);
  expect(stdout).toMatch(/^2 images .* imported, 0 here before, 0 refused\n$/);
  expect(far.tag('team/app', 'v1')).toBe(next);
  expect(readFileSync(far.blob(digestOf('base')), 'utf8')).toBe('base');
});
