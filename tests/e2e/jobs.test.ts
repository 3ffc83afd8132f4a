import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  makeTemporaryFolder,
  type RegistryProcess,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readHealth } from './inside.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

let stage: Stage;
let folder: TemporaryFolder;
let origin: RegistryProcess;
let faultProxy: FaultProxy;
let images: readonly Bundle[];
let small: Bundle;
const LARGE_BYTES = 12_000_000;
/** Blobs come in so slowly that a job runs for a while. */
const SLOW = { when: { kind: 'blob' }, do: { bytesPerSecond: 3_000_000, share: 'all' } } as const;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('jobs'));
  origin = await stage.upstream();
  const sizes = { layerSizesBytes: [1024, LARGE_BYTES] };
  images = await Promise.all(
    ['one', 'two'].map((name) => pushImage(origin, 'team/large', name, { seed: name, ...sizes })),
  );
  small = await pushImage(origin, 'team/small', 'v1', { seed: 'small' });
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: origin.url }),
  );
});

beforeEach(async () => {
  await faultProxy.resume();
  faultProxy.setRules();
});

afterAll(() => stage[Symbol.asyncDispose]());

interface Shown {
  readonly jobs: readonly Record<string, unknown>[];
  readonly followed: readonly Record<string, unknown>[];
}

async function show(appliance: Appliance): Promise<Shown> {
  const { stdout } = await appliance.exec(['registry-cache', 'jobs', '--json']);
  return JSON.parse(stdout) as Shown;
}

const upstreams = (limits?: object) => ({
  'quay.io': { url: faultProxy.url, tags: { default: '1ms' }, ...(limits && { limits }) },
});

/** Warms in the background of the container. */
async function startWarm(appliance: Appliance, image: string): Promise<void> {
  const file = `/tmp/${image.replaceAll(/\W/g, '-')}`;
  const line = `echo ${image} > ${file}; (registry-cache warm ${file}; echo $? > ${file}.status) > /dev/null 2>&1 &`;
  await appliance.exec(['sh', '-c', line]);
}

/** Opens an appliance that follows lists in a folder of its own. */
async function follow(name: string, files: Readonly<Record<string, string>>, warm: object[]) {
  const lists = join(folder.path, name);
  await mkdir(lists);
  for (const [file, text] of Object.entries(files)) await writeFile(join(lists, file), text);
  const policyOf = (followed: object[]) => {
    const policy = JSON.parse(describeUpstreams(upstreams()).policyYaml) as object;
    return JSON.stringify({ ...policy, warm: followed });
  };
  const appliance = await stage.appliance(upstreams(), {
    policyYaml: policyOf(warm),
    extraMounts: [`${lists}:/lists:ro,z`],
  });
  return { appliance, lists, policyOf };
}

test('a job that runs shows how far it is, and one that was killed the command that goes on', async () => {
  const appliance = await stage.appliance(upstreams());
  expect((await appliance.exec(['registry-cache', 'jobs'])).stdout).toBe('no jobs');
  faultProxy.setRules(SLOW);
  await startWarm(appliance, 'quay.io/team/large:one');
  await until('the job has fetched something', async () => {
    const [job] = (await show(appliance)).jobs;
    const { doneBytes = 0 } = (job?.progress ?? {}) as { doneBytes?: number };
    return job?.state === 'running' && doneBytes > 0;
  });
  const pids = `sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /var/lib/registry/jobs/records/*.json`;
  await appliance.exec(['sh', '-c', `kill -9 $(${pids})`]);
  const killed = await show(appliance);
  expect(killed.jobs).toEqual([
    expect.objectContaining({
      ...{ kind: 'warm', by: 'operator', state: 'broken off' },
      goesOnBy: 'registry-cache warm /tmp/quay-io-team-large-one',
    }),
  ]);
  const { stdout } = await appliance.exec(['registry-cache', 'jobs']);
  expect(stdout).toContain('goes on by: registry-cache warm /tmp/quay-io-team-large-one');
  faultProxy.setRules();
  const again = await appliance.exec(['registry-cache', 'warm', '/tmp/quay-io-team-large-one']);
  expect(again.exitCode).toBe(0);
  expect((await show(appliance)).jobs.map(({ state }) => state)).toEqual(['done', 'broken off']);
});

test('a restart of the appliance ends a job of an operator with a word, and broken records hide none', async () => {
  const appliance = await stage.appliance(upstreams());
  faultProxy.setRules({ ...SLOW, do: { bytesPerSecond: 200_000, share: 'all' } });
  await startWarm(appliance, 'quay.io/team/large:two');
  await expect.poll(async () => (await show(appliance)).jobs[0]?.state).toBe('running');
  await appliance.restart();
  await appliance.exec(['sh', '-c', 'echo broken > /var/lib/registry/jobs/records/1.json']);
  const { stdout, stderr } = await appliance.exec(['registry-cache', 'jobs', '--json']);
  // It may have seen that egress stopped before it.
  expect((JSON.parse(stdout) as Shown).jobs).toEqual([
    expect.objectContaining({
      state: expect.stringMatching(/^(?:broken off|failed)$/),
      goesOnBy: expect.stringContaining('registry-cache warm'),
    }),
  ]);
  expect(stderr).toContain('1 record of a job cannot be read');
});

test('a followed list is warmed, goes on after a restart, and its metrics tell the last success', async () => {
  faultProxy.setRules(SLOW);
  const { appliance } = await follow(
    'restart',
    { 'nightly.yaml': 'quay.io: {images: {team/large: [one, two]}}\n' },
    [{ list: '/lists/nightly.yaml', every: '6h', platforms: ['linux/amd64'] }],
  );
  await expect
    .poll(async () => (await show(appliance)).jobs[0])
    .toMatchObject({
      ...{ kind: 'warm', by: 'policy', state: 'running', what: '/lists/nightly.yaml' },
    });
  await appliance.restart();
  faultProxy.setRules();
  await expect
    .poll(async () => (await show(appliance)).jobs[0]?.state, { timeout: 60_000 })
    .toBe('done');
  const [followed] = (await show(appliance)).followed;
  expect(followed).toMatchObject({ list: '/lists/nightly.yaml', failures: 0 });
  await expect
    .poll(() => readHealth(appliance, '/metrics'))
    .toMatch(
      /registry_cache_warm_last_success_timestamp_seconds\{list="\/lists\/nightly.yaml"\} \d{10}/,
    );
  await faultProxy.pause();
  for (const [index, image] of images.entries()) {
    const tag = ['one', 'two'][index] ?? '';
    await pullTargets(appliance, listTargets('quay.io', 'team/large', tag, image));
  }
});

test('a followed list is warmed by one process at a time, also after a kill of the jobs worker', async () => {
  faultProxy.setRules({ ...SLOW, do: { bytesPerSecond: 200_000, share: 'all' } });
  const { appliance } = await follow('kill', { a: 'quay.io/team/large:one\n' }, [
    { list: '/lists/a', every: '6h' },
  ]);
  const states = async () => (await show(appliance)).jobs.map(({ state }) => state);
  await expect.poll(states).toEqual(['running']);
  const find = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline | grep -q 'jobs[.]mjs' && echo \${p#/proc/}; done`;
  await appliance.exec(['sh', '-c', `kill -9 $(${find})`]);
  await expect.poll(states, { timeout: 30_000 }).toEqual(['running', 'interrupted']);
  faultProxy.setRules();
  await expect.poll(states, { timeout: 60_000 }).toEqual(['done', 'interrupted']);
});

test('followed lists come and go with the policy, follow their files, and say what is wrong with them', async () => {
  const { appliance, lists, policyOf } = await follow('reload', {}, []);
  const programs = async () => (await appliance.exec(['ps', '-eo', 'args'])).stdout;
  const jobs = async () => (await show(appliance)).jobs.map(({ state }) => state);
  const state = async () => (await show(appliance)).followed[0] ?? {};
  await appliance.writePolicy(policyOf([{ list: '/lists/a', every: '1h' }]));
  await expect.poll(state, { timeout: 30_000 }).toMatchObject({ failures: 1, error: /ENOENT/ });
  const check = await appliance.exec(['registry-cache', 'check']);
  expect([check.exitCode, check.stderr]).toEqual([1, expect.stringContaining('/lists/a')]);
  await expect
    .poll(() => readHealth(appliance, '/metrics'))
    .toContain('registry_cache_warm_failures_total{list="/lists/a"} 1');
  // The list is read as soon as it is there.
  await writeFile(join(lists, 'a'), 'quay.io/team/small:v1\n');
  await expect.poll(jobs, { timeout: 30_000 }).toEqual(['done']);
  await expect.poll(state).toMatchObject({ failures: 1, failuresInARow: 0 });
  // Its last good content counts while it is broken.
  await writeFile(join(lists, 'a'), 'quay.io/UPPER\n');
  await expect.poll(jobs, { timeout: 30_000 }).toEqual(['failed', 'done']);
  await expect.poll(state).toMatchObject({ failures: 2, error: /last good state/ });
  expect((await show(appliance)).jobs[0]).toMatchObject({ progress: { doneImages: 1 } });
  await rm(join(lists, 'a'));
  await expect.poll(jobs, { timeout: 30_000 }).toEqual(['failed', 'failed', 'done']);
  await appliance.writePolicy(policyOf([]));
  await expect.poll(programs, { timeout: 30_000 }).not.toContain('jobs.mjs');
});

test("two jobs at once leave pulls their turn, also within a registry's limits", async () => {
  const appliance = await stage.appliance(upstreams({ connections: 2 }));
  faultProxy.setRules(SLOW);
  for (const tag of ['one', 'two']) await startWarm(appliance, `quay.io/team/large:${tag}`);
  await until('both jobs fetch', async () => {
    const { jobs } = await show(appliance);
    return jobs.filter(({ state }) => state === 'running').length === 2;
  });
  const begun = performance.now();
  await pullTargets(appliance, listTargets('quay.io', 'team/small', 'v1', small));
  const tookMs = performance.now() - begun;
  expect((await show(appliance)).jobs.map(({ state }) => state)).toContain('running');
  expect(tookMs).toBeLessThan(20_000);
});
