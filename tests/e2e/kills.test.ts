import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobFile } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  layersOf,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countPrograms,
  findPids,
  killProgram,
  listPrograms,
  listSockets,
  readEvents,
  readHealth,
  signalInit,
} from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, type Target } from './traffic.ts';

const PROGRAMS = [
  'haproxy-worker',
  'haproxy-master',
  'nginx-master',
  'nginx-worker',
  'engine-reg.test',
  'egress',
  'logger',
  'rsyslog',
  'cleaner',
  'admin',
  'config-watch',
];
/** About as long as clients try again. */
const GAP_MS = 5_000;

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let image: Bundle;
/** Stored content, by digest and by tag. */
let hot: Target[];

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/hot', 'v1', { seed: 'hot', layerSizesBytes: [300_000] });
  appliance = await stage.appliance({ 'reg.test': upstream });
  hot = listTargets('reg.test', 'team/hot', 'v1', image);
  await pullTargets(appliance, hot);
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a program that is killed', () => {
  it.each(PROGRAMS)('is started again, pulls go on, and nothing is left over: %s', async (name) => {
    const cold = await pushImage(upstream, `team/cold-${name}`, 'v1', { seed: name });
    await until('everything runs and is connected', areSocketsOpen);
    const before = await countPrograms(appliance);
    const killed = await killProgram(appliance, name);

    await untilPulled('what is in the store', hot);
    await untilPulled('what is not', listTargets('reg.test', `team/cold-${name}`, 'v1', cold));

    await until('the same programs run as before', async () => {
      const programs = await listPrograms(appliance);
      const isBack = programs.some((one) => one.name === name && !killed.includes(one.pid));
      return isBack && (await countPrograms(appliance)).join() === before.join();
    }).catch(async (cause: Error) => {
      throw new Error(`${before} became ${await countPrograms(appliance)}`, { cause });
    });
    await until('no socket is stale', areSocketsOpen);
    await pullTargets(appliance, hot);
  });

  it('leaves stored content to the engine, if it is nginx', async () => {
    await upstream.stop();
    // supervisord is stopped, so that nginx stays away during the check.
    await signalInit(appliance, 'STOP');
    try {
      await killProgram(appliance, 'nginx-master');
      await killProgram(appliance, 'nginx-worker');
      const blobs = hot.filter(({ path }) => path.includes('/blobs/'));
      await untilPulled('through the engine', blobs);
      await using client = appliance.client();
      const answer = await client.get(blobs[0]?.path ?? '');
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('x-cache');
    } finally {
      await signalInit(appliance, 'CONT');
      await upstream.start();
    }
    await until('the hot lane is back', async () => {
      await using client = appliance.client();
      return (await client.get(hot.at(-1)?.path ?? '')).headers['x-cache'] === 'HIT';
    });
  });

  it('leaves stored content to the hot lane and the engine, if it is egress', async () => {
    const cold = await pushImage(upstream, 'team/unseen', 'v1', { seed: 'unseen' });
    const unseen = listTargets('reg.test', 'team/unseen', 'v1', cold);
    await signalInit(appliance, 'STOP');
    try {
      await killProgram(appliance, 'egress');
      await using client = appliance.client();
      const cacheOf = async (path: string) => (await client.get(path)).headers['x-cache'];
      // nginx repeats the last answer of egress for some seconds.
      const tag = hot.find(({ path }) => path.endsWith('/v1'))?.path ?? '';
      await until('the engine answers for the tag', async () => (await cacheOf(tag)) === 'STALE');
      expect(await cacheOf('/v2/reg.test/team/hot/tags/list')).toBe('STALE');
      for (const { path } of hot) if (path !== tag) expect(await cacheOf(path)).toBe('HIT');
      for (const { path } of unseen) {
        const { status, headers } = await client.get(path);
        expect([status, headers['retry-after']]).toEqual([503, '1']);
      }
      expect(await readHealth(appliance, '/readyz')).toContain(' 503 ');
    } finally {
      await signalInit(appliance, 'CONT');
    }
    await untilPulled('what was not stored', unseen);
  });

  it('touches blobs that were served while it was away, if it is the logger', async () => {
    const digest = layersOf(image)[0]?.digest ?? '';
    const file = blobFile(appliance.storeDir, digest);
    await killProgram(appliance, 'logger', 'STOP');
    // At the first read the kernel itself sets the access time (relatime), and not later.
    await pullTargets(appliance, hot);
    const { atimeMs } = await stat(file);
    await sleep(100);
    await pullTargets(appliance, hot);
    expect((await stat(file)).atimeMs).toBe(atimeMs);
    await killProgram(appliance, 'logger', 'KILL');
    await until('the blob is touched', async () => (await stat(file)).atimeMs > atimeMs);
  });

  it('is not logged as a fatal error', async () => {
    const events = await readEvents(appliance);
    expect(events.filter(({ level }) => level === 'fatal')).toEqual([]);
    expect(await findPids(appliance, 'zombie')).toEqual([]);
  });
});

async function untilPulled(what: string, targets: readonly Target[]): Promise<void> {
  const ask = () => pullTargets(appliance, targets, 1_000);
  await until(`${what} is served again`, ask, { timeoutMs: GAP_MS });
}

async function areSocketsOpen(): Promise<boolean> {
  const sockets = await listSockets(appliance);
  const engines = sockets.some((line) => line.startsWith('engine-'));
  return engines && sockets.every((line) => line.endsWith(' accepts'));
}
