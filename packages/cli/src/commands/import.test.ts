import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { layerLinkDir, revisionLinkDir, tagCurrentLink } from '@registry-cache/domain';
import { expect, it, onTestFinished } from 'vitest';
import { DistributionStore, digestOf, openOurStore, write } from '../testing/distribution-store.ts';
import { createFolder, runProgram } from '../testing/run-program.ts';

const KIB = 1024;

/** A store of another cache, elsewhere or in our own store's folder, and our own store. */
function open({ inStore = false } = {}) {
  const root = createFolder();
  const home = createFolder();
  const theirs = new DistributionStore(inStore ? join(root, 'old') : createFolder());
  write(
    join(home, 'pull-secret.json'),
    JSON.stringify({ auths: { 'quay.io': {}, 'ghcr.io/org': {} } }),
  );
  const env = {
    REGISTRYDIR: root,
    RUNDIR: join(home, 'run'),
    PULLSECRETPATH: join(home, 'pull-secret.json'),
  };
  const run = (args: readonly string[] = [], more: Record<string, string> = {}) => {
    const from = ['--from-distribution', theirs.dir, '--upstream', 'quay.io'];
    return runProgram(['import', ...from, ...args], { ...env, ...more });
  };
  return { root, theirs, ours: openOurStore(root), run };
}

it('copies blobs, links and tags from elsewhere, and leaves the other store as it was', async () => {
  const { theirs, ours, run } = open();
  const image = theirs.addImage('team/app', 'v1', 'a layer', 1_600_000_000);
  const { exitCode, stdout, stderr } = await run();
  expect([exitCode, stdout]).toEqual([
    0,
    '1 tag, 1 manifest and 3 blobs (315 B) imported for 1 repository of quay.io; ' +
      '0 blobs and 0 tags were here; 0 rotten, 0 without room, 0 skipped\n',
  ]);
  expect(stderr).toBe('1 image in 1 repository, 315 B to copy; the store has 0 B of 10 GiB\n');
  expect(ours.tag('team/app', 'v1')).toBe(image.digest);
  expect(ours.hasManifest('team/app', image.digest)).toBe(true);
  for (const layer of image.layers) {
    expect(ours.hasLayer('team/app', layer)).toBe(true);
    expect(readFileSync(ours.blob(layer))).toEqual(readFileSync(theirs.blob(layer)));
  }
  expect(statSync(ours.blob(image.digest)).atimeMs).toBe(1_600_000_000_000);
});

it('gives tags a time that no tier is valid for', async () => {
  const { theirs, ours, run } = open();
  theirs.addImage('team/app', 'v1.2.3', 'a layer');
  await run();
  expect(statSync(ours.tagLink('team/app', 'v1.2.3')).mtimeMs).toBe(0);
});

it('moves blobs where the other store lies in the folder of ours', async () => {
  const { theirs, ours, run } = open({ inStore: true });
  const image = theirs.addImage('team/app', 'v1', 'a layer');
  const [, layer = ''] = image.layers;
  const { ino } = statSync(theirs.blob(layer));
  const { exitCode, stderr } = await run();
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('to move')]);
  expect(statSync(ours.blob(layer)).ino).toBe(ino);
  expect(existsSync(dirname(theirs.blob(layer)))).toBe(false);
  expect(ours.tag('team/app', 'v1')).toBe(image.digest);
});

it('serves a blob that was moved for one repository in another one, and by a second run', async () => {
  const { theirs, ours, run } = open({ inStore: true });
  const first = theirs.addImage('team/app', 'v1', 'a layer');
  theirs.addImage('other/app', 'v1', 'a layer');
  expect((await run(['--repository', 'team/*'])).exitCode).toBe(0);
  expect(ours.tag('other/app', 'v1')).toBeUndefined();
  const { exitCode, stdout } = await run(['--repository', 'other/*', 'third']);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('0 blobs (0 B) imported')]);
  expect(ours.tag('other/app', 'v1')).toBe(first.digest);
  expect(first.layers.every((layer) => ours.hasLayer('other/app', layer))).toBe(true);
});

it('takes an index with the platforms that the other cache has', async () => {
  const { theirs, ours, run } = open();
  const image = theirs.addImage('team/app', 'amd64', 'a layer');
  const missing = { digest: digestOf('arm64'), size: 5 };
  const index = { schemaVersion: 2, manifests: [{ digest: image.digest, size: 1 }, missing] };
  const digest = theirs.addManifest('team/app', index);
  theirs.addTag('team/app', 'v1', digest);
  expect((await run()).exitCode).toBe(0);
  expect(ours.tag('team/app', 'v1')).toBe(digest);
  expect(ours.tag('team/app', 'amd64')).toBe(image.digest);
  expect(ours.hasManifest('team/app', missing.digest)).toBe(false);
});

it.each([false, true])('names rotten blobs and leaves them; in the store: %s', async (inStore) => {
  const { theirs, ours, run, root } = open({ inStore });
  const good = theirs.addImage('team/good', 'v1', 'a good layer');
  const image = theirs.addImage('team/app', 'v1', 'a layer');
  const bad = theirs.addImage('team/bad', 'v1', 'another layer');
  const [, layer = ''] = image.layers;
  write(theirs.blob(layer), 'a lxyer');
  write(theirs.blob(bad.digest), '{}');
  const { exitCode, stdout } = await run();
  expect(exitCode).toBe(1);
  expect(stdout.split('\n').slice(0, 2).sort()).toEqual(
    [`rotten ${bad.digest} team/bad`, `rotten ${layer} team/app`].sort(),
  );
  expect(stdout).toContain('2 rotten');
  expect(readFileSync(theirs.blob(layer), 'utf8')).toBe('a lxyer');
  expect([existsSync(ours.blob(layer)), ours.hasLayer('team/app', layer)]).toEqual([false, false]);
  expect([ours.tag('team/app', 'v1'), ours.tag('team/good', 'v1')]).toEqual([
    image.digest,
    good.digest,
  ]);
  expect(ours.tag('team/bad', 'v1')).toBeUndefined();
  expect(readdirSync(join(root, 'egress'))).toEqual([]);
});

it('keeps tags that are newer here, and replaces older ones', async () => {
  const { theirs, ours, run } = open();
  const image = theirs.addImage('team/app', 'newer-here', 'a layer');
  theirs.addTag('team/app', 'older-here', image.digest);
  for (const [tag, seconds] of [
    ['newer-here', 1_800_000_000],
    ['older-here', 1_600_000_000],
  ] as const) {
    write(ours.tagLink('team/app', tag), digestOf('here'));
    utimesSync(ours.tagLink('team/app', tag), seconds, seconds);
  }
  const { stdout } = await run(['--json']);
  expect(JSON.parse(stdout)).toMatchObject({ tags: 1, tagsKept: 1 });
  expect(ours.tag('team/app', 'newer-here')).toBe(digestOf('here'));
  expect(ours.tag('team/app', 'older-here')).toBe(image.digest);
});

it('prints the summary as JSON', async () => {
  const { theirs, run } = open();
  theirs.addImage('team/app', 'v1', 'a layer');
  mkdirSync(join(theirs.repository('Team/App'), '_layers'), { recursive: true });
  const { exitCode, stdout } = await run(['--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    upstream: 'quay.io',
    repositories: 1,
    tags: 1,
    manifests: 1,
    blobs: 3,
    bytes: 315,
    storedBefore: 0,
    tagsKept: 0,
    rotten: [],
    left: [],
    skipped: ['Team/App'],
    isInterrupted: false,
  });
});

it('writes nothing if the store has too little room, and says how much is needed', async () => {
  const { theirs, ours, run } = open();
  const image = theirs.addImage('team/app', 'v1', 'x'.repeat(600 * KIB));
  theirs.addImage('team/other', 'v1', 'y'.repeat(600 * KIB));
  const { exitCode, stderr } = await run([], { CLEANER_MAXSIZE: '1M' });
  expect([exitCode, existsSync(ours.blob(image.digest))]).toEqual([1, false]);
  expect(stderr).toContain(
    'CLEANER_MAXSIZE: found 1 MiB, of which 0 B are used; accepted: 2M or more for 1.2 MiB to import, or --what-fits',
  );
});

it('imports the images that were used last with --what-fits, and names the others', async () => {
  const { theirs, ours, run } = open();
  theirs.addImage('team/old', 'v1', 'x'.repeat(600 * KIB), 1_600_000_000);
  const image = theirs.addImage('team/new', 'v1', 'y'.repeat(600 * KIB), 1_700_000_000);
  const { exitCode, stdout } = await run(['--what-fits'], { CLEANER_MAXSIZE: '1M' });
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^without room team\/old:v1\n/)]);
  expect(ours.tag('team/new', 'v1')).toBe(image.digest);
  expect(ours.tag('team/old', 'v1')).toBeUndefined();
});

it('names images for which the cleaner grants no room after all', async () => {
  const { theirs, ours, root, run } = open();
  theirs.addImage('team/app', 'v1', 'a layer');
  const asked: string[] = [];
  const cleaner = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(507).end();
  });
  const rundir = join(root, 'run');
  mkdirSync(join(rundir, 'sock'), { recursive: true });
  cleaner.listen(join(rundir, 'sock', 'cleaner.sock'));
  onTestFinished(() => void cleaner.close());
  const { exitCode, stdout } = await run([], { RUNDIR: rundir });
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^without room team\/app:v1\n/)]);
  expect(asked).toEqual(['/reservations?bytes=80&granted=0&size=80']);
  expect(ours.tag('team/app', 'v1')).toBeUndefined();
});

it('writes nothing in a dry run', async () => {
  const { theirs, root, run } = open();
  theirs.addImage('team/app', 'v1', 'a layer');
  const { exitCode, stdout, stderr } = await run(['--dry-run']);
  expect([exitCode, stdout, stderr]).toEqual([0, '', expect.stringContaining('1 image')]);
  expect(readdirSync(root)).toEqual([]);
});

it('follows no symbolic link, and takes no path from a link file', async () => {
  const { theirs, ours, root, run } = open();
  const image = theirs.addImage('team/app', 'v1', 'a layer');
  const repository = theirs.repository('team/app');
  const outside = createFolder();
  // A repository, a blob, a folder of a blob and a link that lie outside.
  symlinkSync(repository, theirs.repository('linked'));
  const planted = ['planted file', 'planted folder', 'planted link'].map((content) => {
    const digest = theirs.addLayer('team/app', content);
    return { digest, file: theirs.blob(digest) };
  });
  const [file, folder, link] = planted as [
    (typeof planted)[0],
    (typeof planted)[0],
    (typeof planted)[0],
  ];
  renameSync(file.file, join(outside, 'file'));
  symlinkSync(join(outside, 'file'), file.file);
  renameSync(dirname(folder.file), join(outside, 'folder'));
  symlinkSync(join(outside, 'folder'), dirname(folder.file));
  const linkFile = join(layerLinkDir(repository, link.digest), 'link');
  renameSync(linkFile, join(outside, 'link'));
  symlinkSync(join(outside, 'link'), linkFile);
  // Links with hostile content.
  const hostile = digestOf('hostile');
  write(join(layerLinkDir(repository, hostile), 'link'), `sha256:../../../../${hostile.slice(7)}`);
  write(join(revisionLinkDir(repository, hostile), 'link'), image.digest);
  write(tagCurrentLink(repository, 'up'), '../../../../../../etc/passwd');
  write(tagCurrentLink(repository, '.hidden'), image.digest);
  write(join(repository, '_manifests', 'tags', 'empty', 'other'), '');
  const { exitCode, stdout } = await run(['--json']);
  expect(exitCode).toBe(0);
  const { skipped, tags, blobs, repositories } = JSON.parse(stdout);
  expect([tags, blobs, repositories]).toEqual([1, 3, 1]);
  expect(skipped.sort()).toEqual(['team/app:.hidden', 'team/app:empty', 'team/app:up']);
  for (const { digest } of planted) {
    expect([existsSync(ours.blob(digest)), ours.hasLayer('team/app', digest)]).toEqual([
      false,
      false,
    ]);
  }
  expect(readdirSync(join(root, 'registries'))).toEqual(['quay.io']);
});

it('takes sha512 digests, and blobs that no manifest names', async () => {
  const { theirs, ours, run } = open();
  const layer = theirs.addLayer('team/app', 'a layer', undefined, 'sha512');
  expect((await run()).exitCode).toBe(0);
  expect(ours.hasLayer('team/app', layer)).toBe(true);
  expect(readFileSync(ours.blob(layer), 'utf8')).toBe('a layer');
});

it('replaces a blob here that has another size', async () => {
  const { theirs, ours, run } = open();
  const [, layer = ''] = theirs.addImage('team/app', 'v1', 'a layer').layers;
  write(ours.blob(layer), 'a lay');
  expect((await run()).exitCode).toBe(0);
  expect(readFileSync(ours.blob(layer), 'utf8')).toBe('a layer');
});

it('takes the repositories of a namespace only', async () => {
  const { theirs, root, run } = open();
  theirs.addImage('org/app', 'v1', 'a layer');
  theirs.addImage('organic/app', 'v1', 'a layer');
  const { exitCode, stdout } = await run(['--upstream', 'ghcr.io/org', '--json']);
  expect([exitCode, JSON.parse(stdout).repositories]).toEqual([0, 1]);
  const [id = ''] = readdirSync(join(root, 'registries'));
  expect(openOurStore(root, id).tag('org/app', 'v1')).toBeDefined();
});

it.each([
  [
    ['--upstream', 'docker.io'],
    '--upstream: found "docker.io"; accepted: a registry that is served here: ghcr.io/org, quay.io',
  ],
  [['--upstream', '../etc'], '--upstream: found "../etc"'],
  [['--from-distribution', '/nowhere'], '--from-distribution /nowhere: found ENOENT'],
  [['--from-distribution', '/tmp'], 'found no docker/registry/v2/repositories in it'],
])('refuses %s', async (args, message) => {
  const { theirs, run } = open();
  theirs.addImage('team/app', 'v1', 'a layer');
  const { exitCode, stderr } = await run(args);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
});

it('refuses a part of its own store', async () => {
  const { theirs, root, run } = open();
  theirs.addImage('team/app', 'v1', 'a layer');
  await run();
  const own = join(root, 'registries', 'quay.io');
  const { exitCode, stderr } = await run(['--from-distribution', own]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('own store')]);
});
