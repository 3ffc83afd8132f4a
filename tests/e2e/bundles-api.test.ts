import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  type FaultProxy,
  findFreePort,
  layersOf,
  makeTemporaryFolder,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runElsewhere } from './elsewhere.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';
import { withoutProgress } from './without-progress.ts';

const PASSWORDS = { ann: 'pass of ann', bob: 'pass of bob' };
const ANN = 'ann:pass of ann';
const BOB = 'bob:pass of bob';
const ACCESS = { anonymous: ['pull', 'fetch'], admin: ['ann'], view: ['bob'] };
const NAME = 'reg.test/team/app:v1';

let stage: Stage;
let folder: TemporaryFolder;
/** It is paused once the near cache has everything. */
let faultProxy: FaultProxy;
let near: Opened;
let far: Opened;
let app: Bundle;

interface Opened {
  readonly appliance: Appliance;
  /** Of the admin API. */
  readonly port: number;
}

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('bundles-api'));
  const origin = await stage.upstream();
  app = await pushImage(origin, 'team/app', 'v1', {
    seed: 'bundles by the API',
    layerSizesBytes: [1024, 20_000_000],
  });
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: origin.url }));
  near = await open();
  far = await open();
  await pullTargets(near.appliance, targets());
  await faultProxy.pause();
});

afterAll(() => stage[Symbol.asyncDispose]());

async function open(): Promise<Opened> {
  const upstreams = { 'reg.test': faultProxy };
  const described = JSON.parse(describeUpstreams(upstreams).policyYaml);
  const port = await findFreePort('127.0.0.1');
  const appliance = await stage.appliance(upstreams, {
    passwords: PASSWORDS,
    policyYaml: JSON.stringify({ ...described, access: ACCESS }),
    env: { ADMIN_LISTEN: ':8445', CERTIFICATE_NAMES: 'cache.test' },
    extraArgs: [`--publish=127.0.0.1:${port}:8445`],
  });
  return { appliance, port };
}

const targets = () => listTargets('reg.test', 'team/app', 'v1', app);

const ask = ({ appliance }: Opened, login: string, ...argv: readonly string[]) =>
  runElsewhere({ network: stage.network.name, folder: folder.path }, appliance, login, argv);

const readImages = async (cache: Opened): Promise<unknown[]> =>
  JSON.parse((await ask(cache, BOB, 'ls', '--json')).stdout).images;

const readJobs = async (cache: Opened): Promise<{ kind: string; state: string }[]> =>
  JSON.parse((await ask(cache, BOB, 'jobs', '--json')).stdout).jobs;

/** What is left in the folder of files that are on their way into the store. */
const readOnTheWay = ({ appliance }: Opened) => readdir(join(appliance.storeDir, 'egress'));

test('those with view alone can neither export nor import', async () => {
  const exported = await ask(near, BOB, 'export', '--out', '/files/denied.tar', NAME);
  expect([exported.exitCode, exported.stderr]).toEqual([
    1,
    expect.stringContaining('bob may not ask for export: access.admin'),
  ]);
  expect(await readdir(folder.path)).toEqual(['ca.crt']);
  await writeFile(join(folder.path, 'any.tar'), 'any');
  const imported = await ask(far, BOB, 'import', '/files/any.tar');
  expect(imported.stderr).toContain('bob may not ask for import: access.admin');
});

test('a bundle goes from one cache into another, which serves it while its registry is away', async () => {
  const exported = await ask(near, ANN, 'export', '--out', '/files/monday.tar', NAME);
  expect([withoutProgress(exported.stderr), exported.exitCode]).toEqual(['', 0]);
  expect(exported.stdout).toMatch(/^1 image; .* written, 0 B there before; bundle sha256:/);

  const cutBytes = await readFile(join(folder.path, 'monday.tar'));
  await uploadHalf(far, cutBytes.subarray(0, cutBytes.length / 2));
  await until('the import has ended', async () => {
    const [job] = await readJobs(far);
    return job !== undefined && job.state !== 'running';
  });
  expect(await readImages(far)).toEqual([]);
  expect(await readOnTheWay(far)).toEqual([]);

  const dry = await ask(far, ANN, 'import', '--dry-run', '/files/monday.tar');
  expect(dry.stdout).toMatch(/^1 image \(.*\) to import, 0 refused$/);
  const imported = await ask(far, ANN, 'import', '/files/monday.tar');
  expect([imported.exitCode, imported.stdout]).toEqual([
    0,
    expect.stringMatching(/^1 image \(.*\) imported, 0 here before, 0 refused$/),
  ]);
  await pullTargets(far.appliance, targets());
  expect(await readJobs(far)).toMatchObject([
    { kind: 'import', state: 'done' },
    { kind: 'import', state: expect.stringMatching(/^(?:interrupted|failed|broken off)$/) },
  ]);
  const { stdout } = await far.appliance.exec(['registry-cache', 'logs', '--audit', '--json']);
  expect(stdout).toContain('import {\\"dryRun\\":false}');

  const again = await ask(far, ANN, 'import', '--json', '/files/monday.tar');
  expect(JSON.parse(again.stdout)).toMatchObject({
    ...{ bundle: '/files/monday.tar', imported: [], here: [NAME], refused: [] },
  });
});

/** Sends a part of a bundle, and leaves. */
async function uploadHalf({ appliance, port }: Opened, half: Buffer): Promise<void> {
  const { ann: password } = PASSWORDS;
  const upload = request({
    ...{ host: '127.0.0.1', port, method: 'POST', path: '/api/v1/import', ca: appliance.ca },
    servername: 'cache.test',
    headers: {
      'content-type': 'application/x-tar',
      'x-registry-cache': 'change',
      authorization: basicAuthorization({ username: 'ann', password }),
    },
  });
  upload.on('error', () => undefined);
  if (!upload.write(half)) await once(upload, 'drain');
  await until('the import runs', async () => (await readOnTheWayJobs(appliance)) > 0);
  upload.destroy();
}

async function readOnTheWayJobs(appliance: Appliance): Promise<number> {
  const { stdout } = await appliance.exec(['registry-cache', 'jobs', '--json']);
  return JSON.parse(stdout).jobs.length;
}

test('what the other side has is left out', async () => {
  expect((await ask(far, BOB, 'receipt')).stderr).toContain('bob may not ask for receipt');
  const receipt = await ask(far, ANN, 'receipt');
  const inside = await far.appliance.exec(['registry-cache', 'receipt']);
  expect(receipt.stdout).toBe(inside.stdout);
  await writeFile(join(folder.path, 'receipt.json'), receipt.stdout);
  const args = ['export', '--out', '/files/delta.tar', '--against', '/files/receipt.json', NAME];
  const exported = await ask(near, ANN, ...args);
  expect(exported.stdout).toMatch(/^1 image; .* left out; bundle sha256:/);
  expect((await stat(join(folder.path, 'delta.tar'))).size).toBeLessThan(1_000_000);
  const since = ['export', '--out', '/files/since.tar', '--since', '/files/monday.tar', NAME];
  expect((await ask(near, ANN, ...since)).stdout).toMatch(/ left out; bundle sha256:/);
  const imported = await ask(far, ANN, 'import', '/files/delta.tar', '/files/since.tar');
  expect([imported.exitCode, imported.stdout]).toEqual([
    0,
    expect.stringMatching(/^0 images .*, 1 here before, 0 refused\n0 images .*, 1 here before/),
  ]);
});

test('a tar goes to standard output, and one that is damaged is refused', async () => {
  const streamed = await ask(near, ANN, 'export', '--out', '-', '--all');
  expect([streamed.exitCode, streamed.stderr]).toEqual([
    0,
    expect.stringContaining('; bundle sha256:'),
  ]);
  await writeFile(join(folder.path, 'damaged.tar'), Buffer.alloc(100_000, 'x'));
  const { exitCode, stderr } = await ask(far, ANN, 'import', '/files/damaged.tar');
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining('cache.test:8445: standard input'),
  ]);
  expect(stderr).not.toContain('see the log');
});

test('an export that is cut leaves no file, and keeps the one of before', async () => {
  const [, layer] = layersOf(app);
  const file = blobFile(near.appliance.storeDir, layer?.digest ?? '');
  const bytes = await readFile(file);
  const before = await readdir(folder.path);
  const monday = await readFile(join(folder.path, 'monday.tar'));
  // As long as before, so that it is found at its end.
  await writeFile(file, Buffer.alloc(bytes.length, 'x'));
  for (const out of ['/files/cut.tar', '/files/monday.tar']) {
    const { exitCode, stderr } = await ask(near, ANN, 'export', '--out', out, NAME);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('an answer that was cut')]);
  }
  expect(await readdir(folder.path)).toEqual(before);
  expect((await readFile(join(folder.path, 'monday.tar'))).equals(monday)).toBe(true);
  await writeFile(file, bytes);
});

test('what works on the machine of the cache alone is refused', async () => {
  const refusalOf = async (...argv: string[]) => (await ask(near, ANN, ...argv)).stderr.trim();
  expect(await refusalOf('export', '--out', '/files/parts', '--part-size', '1GB', NAME)).toContain(
    '--part-size: found 1GB; accepted: with --server: no parts, but one tar',
  );
  expect(await refusalOf('export', '--out', '/files', NAME)).toContain(
    'accepted: with --server: a file',
  );
  expect(await refusalOf('import', '/files')).toContain(
    '/files, a folder; accepted: with --server',
  );
  expect(await refusalOf('import', '--from-distribution', '/files')).toContain('tars of images');
  expect(await refusalOf('export', '--out', '/files/x.tar', 'nowhere.test/a:v1')).toContain(
    'a registry that is served here',
  );
});
