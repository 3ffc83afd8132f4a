import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { VERBS } from '@registry-cache/admin';
import { auditFile, repositoryDir, tagCurrentLink, tagPinFile } from '@registry-cache/domain';
import { addPin, type Pin, readPins } from '@registry-cache/pins';
import { expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../testing/distribution-store.ts';
import { OurStore } from '../testing/our-store.ts';
import { createFolder, runProgram } from '../testing/run-program.ts';

const SINCE = '2026-11-30T02:00:00.000Z';

/** A store, and the program beside it. */
function open() {
  const home = createFolder();
  const pullSecret = join(home, 'pull-secret.json');
  writeFileSync(pullSecret, JSON.stringify({ auths: { 'quay.io': {}, 'docker.io': {} } }));
  const store = new OurStore(join(home, 'store'));
  const run = join(home, 'run');
  mkdirSync(join(run, 'secrets'), { recursive: true });
  mkdirSync(join(run, 'sock'));
  writeFileSync(join(run, 'secrets', 'boot-secret'), 'boot');
  const env = { REGISTRYDIR: store.root, RUNDIR: run, PULLSECRETPATH: pullSecret };
  const write = (more: Partial<Pin>) =>
    addPin(store.root, {
      upstreamId: 'quay.io',
      repository: 'a/b',
      tag: 'v1',
      digest: digestOf('x'),
      why: 'mirrored',
      by: 'ann',
      since: SINCE,
      ...more,
    });
  return { store, run, write, cli: (...args: string[]) => runProgram(args, env) };
}

it('pins what is here, by a tag and by a digest, asks nobody, and counts it as used', async () => {
  const { store, cli } = open();
  const etcd = store.addImage('quay.io', 'coreos/etcd', 'v1', ['one']);
  const redis = store.addImage('docker.io', 'library/redis', '7', ['two']);
  utimesSync(store.blobOf('one'), new Date(0), new Date(0));
  const { exitCode, stdout, stderr } = await cli('pin', 'quay.io/coreos/etcd:v1', `redis@${redis}`);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`pinned quay.io/coreos/etcd:v1 ${etcd} (`);
  expect(stdout).toContain(`pinned docker.io/library/redis@${redis} ${redis} (`);
  const { pins } = await readPins(store.root);
  expect(pins).toMatchObject([
    { upstreamId: 'docker.io', repository: 'library/redis', digest: redis },
    { upstreamId: 'quay.io', repository: 'coreos/etcd', tag: 'v1', digest: etcd, why: 'pin' },
  ]);
  expect(pins.map(({ by }) => by)).toEqual(['operator', 'operator']);
  const { atimeMs, mtimeMs } = statSync(store.blobOf('one'));
  expect([atimeMs > 0, mtimeMs]).toEqual([true, 0]);
  const events = readFileSync(auditFile(store.root), 'utf8').trim().split('\n');
  expect(events.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'pin', user: 'operator', image: 'quay.io/coreos/etcd:v1', digest: etcd },
    { event: 'pin', image: `docker.io/library/redis@${redis}` },
  ]);
});

it('fetches what is not here as warm does, and does not without a cache that runs', async () => {
  const { store, run, cli } = open();
  const without = await cli('pin', 'quay.io/coreos/etcd:v1');
  expect([without.exitCode, without.stderr]).toEqual([
    1,
    expect.stringContaining('no cache runs here'),
  ]);
  const asked: string[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.writeHead(404).end('{}');
  }).listen(join(run, 'sock', 'egress.sock'));
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  const { exitCode, stderr } = await cli('pin', 'quay.io/coreos/etcd:v1');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('no such image')]);
  expect(asked[0]).toBe('HEAD /v2/coreos/etcd/manifests/v1');
  expect((await readPins(store.root)).pins).toEqual([]);
});

it('pins with --no-fetch what a digest names, whether it is here or not, and no unknown tag', async () => {
  const { store, cli } = open();
  const digest = digestOf('elsewhere');
  const { exitCode, stdout, stderr } = await cli(
    ...['pin', '--no-fetch', `quay.io/a/b@${digest}`, 'quay.io/a/b:v1'],
  );
  expect([exitCode, stdout]).toEqual([1, `pinned quay.io/a/b@${digest} ${digest} (0 B)\n`]);
  expect(stderr).toContain('is not whole here, and is kept as it comes');
  expect(stderr).toContain('quay.io/a/b:v1 is not here, so that its digest is unknown');
  expect((await readPins(store.root)).pins).toMatchObject([{ digest }]);
});

it('leaves a frozen tag as it is', async () => {
  const { store, cli, write } = open();
  const digest = store.addImage('quay.io', 'a/b', 'v1', ['one']);
  await write({ digest });
  const { stdout } = await cli('pin', 'quay.io/a/b:v1');
  expect(stdout).toContain(`frozen already quay.io/a/b:v1 ${digest}`);
  expect((await readPins(store.root)).pins).toMatchObject([{ why: 'mirrored', by: 'ann' }]);
});

it('names all mistakes at once, and pins nothing', async () => {
  const { store, cli } = open();
  store.addImage('quay.io', 'a/b', 'v1', ['one']);
  const { exitCode, stderr } = await cli('pin', 'quay.io/a/b:v1', 'quay.io/A', 'other.test/a/b:1');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('found "quay.io/A"')]);
  expect(stderr).toContain('found "other.test/a/b"; accepted: a registry that is served here');
  expect(existsSync(join(store.root, 'pins'))).toBe(false);
});

it('lists pins with what they hold, each blob once in the sum', async () => {
  const { store, cli, write } = open();
  const one = store.addImage('quay.io', 'a/b', 'v1', ['shared', 'own']);
  const two = store.addImage('quay.io', 'a/b', 'v2', ['shared', 'other']);
  await write({ digest: one });
  await write({ digest: two, tag: 'v2', why: 'pin' });
  await write({ upstreamId: 'left.example.com', tag: 'v3' });
  const { exitCode, stdout } = await cli('pins', '--json');
  expect(exitCode).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({
    pins: [
      { image: 'left.example.com/a/b:v3', heldBytes: 0, whole: false, digest: digestOf('x') },
      {
        ...{ image: 'quay.io/a/b:v1', digest: one, whole: true },
        ...{ why: 'mirrored', frozen: true, by: 'ann', since: SINCE },
      },
      { image: 'quay.io/a/b:v2', why: 'pin', frozen: false },
    ],
    ...{ unreadable: 0, limitBytes: 10 * 2 ** 30 },
  });
  const [, first, second] = answer.pins;
  expect(answer.heldBytes).toBe(first.heldBytes + second.heldBytes - 'shared'.length);
  // The same as the verb of the admin API answers.
  expect(VERBS.pins.output.parse(answer)).toEqual(answer);
  const text = await cli('pins');
  expect(text.stdout).toContain(`quay.io/a/b:v1 ${one} (`);
  expect(text.stdout).toContain(`mirrored, frozen, by ann since ${SINCE}`);
  expect(text.stdout).toMatch(/^3 pins, .* of 10\.0 GiB$|^3 pins, .* of 10.*$/m);
});

it('says what a tag that follows its registry leads to now', async () => {
  const { store, cli, write } = open();
  const one = store.addImage('quay.io', 'a/b', 'v1', ['one']);
  await write({ digest: one, why: 'pin' });
  const two = store.addImage('quay.io', 'a/b', 'v1', ['two']);
  const { stdout } = await cli('pins', '--json');
  expect(JSON.parse(stdout).pins[0]).toMatchObject({ digest: two });
});

it('names a broken pin, and can remove it', async () => {
  const { store, cli, write } = open();
  const digest = store.addImage('quay.io', 'a/b', 'v1', ['one']);
  await write({ digest });
  const file = tagPinFile(store.root, 'quay.io', 'a/b', 'v1');
  writeFileSync(file, '{');
  const { exitCode, stdout, stderr } = await cli('pins', '--json');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(file)]);
  expect(JSON.parse(stdout).pins[0]).toMatchObject({
    image: 'quay.io/a/b:v1',
    digest,
    problem: 'not a JSON object (1 characters)',
  });
  expect((await cli('unpin', 'quay.io/a/b:v1')).exitCode).toBe(0);
  expect((await cli('pins')).exitCode).toBe(0);
});

it('unpins by the name that a client writes or that `pins` prints, and says what was not pinned', async () => {
  const { store, cli, write } = open();
  await write({ upstreamId: 'docker.io', repository: 'library/redis', tag: '7' });
  await write({ upstreamId: 'left.example.com', tag: 'v1' });
  const refs = ['redis:7', 'left.example.com/a/b:v1', 'quay.io/a/b:v1'];
  const { exitCode, stdout, stderr } = await cli('unpin', ...refs);
  expect(stdout).toBe('unpinned docker.io/library/redis:7\nunpinned left.example.com/a/b:v1\n');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('quay.io/a/b:v1 is not pinned')]);
  expect((await readPins(store.root)).pins).toEqual([]);
  expect(readFileSync(auditFile(store.root), 'utf8')).toContain('"event":"unpin"');
});

it('a pin without its tag in the store still says its digest', async () => {
  const { store, cli, write } = open();
  const digest = store.addImage('quay.io', 'a/b', 'v1', ['one']);
  await write({ digest, why: 'pin' });
  rmSync(tagCurrentLink(repositoryDir(store.root, 'quay.io', 'a/b'), 'v1'));
  const { stdout } = await cli('pins', '--json');
  expect(JSON.parse(stdout).pins[0]).toMatchObject({ digest, whole: true });
});
