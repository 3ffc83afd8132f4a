import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyFile } from '@registry-cache/domain';
import { type Appliance, type Bundle, type RegistryProcess, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killProgram } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const NAMES = ['oldest', 'second', 'third', 'last'] as const;

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
/** In memory: on a shared disk, space that others free can hide growth. */
const storeDir = await mkdtemp('/dev/shm/registry-cache-history-');
const images = new Map<string, Bundle>();
/** What the test itself counts of the day. */
const day = { answers: 0, hits: 0, fetches: 0 };

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (const name of NAMES) {
    const plan = { seed: `history ${name}`, layerSizesBytes: [5 * MIB] };
    images.set(name, await pushImage(upstream, `team/${name}`, 'v1', plan));
  }
  appliance = await stage.appliance(
    { 'reg.test': upstream },
    {
      storeDir,
      env: {
        CLEANER_MAXSIZE: '17M',
        CLEANER_THRESHOLD_PERCENTAGE: '10',
        CLEANER_RUNEVERY_TIME: '24h',
        // The blobs of an image come by its client's requests alone, so that they can be counted.
        PREFETCH: 'off',
      },
    },
  );
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(storeDir, { recursive: true });
});

async function ask<T>(...argv: readonly string[]): Promise<T> {
  const { stdout } = await appliance.exec(['registry-cache', ...argv, '--json']);
  return JSON.parse(stdout) as T;
}

interface Numbers {
  readonly requests: number;
  readonly savedRequests: number;
  readonly servedBytes: number;
  readonly savedBytes: number;
}
interface Saved {
  readonly periods: readonly (Numbers & { upstreams: readonly { upstream: string }[] })[];
}
interface Evictions {
  readonly blobs: number;
  readonly bytes: number;
  readonly evictions: readonly {
    readonly digest: string;
    readonly reason: string;
    readonly images: readonly string[];
  }[];
}
interface Fetches {
  readonly running: readonly unknown[];
  readonly past: readonly {
    readonly digest: string;
    readonly outcome: string;
    readonly upstream: string;
    readonly repository: string;
    readonly source?: string;
  }[];
}

const bundleOf = (name: string): Bundle => {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
};

/** Pulls an image whole. Each of its parts is one answer. */
async function pull(name: string): Promise<void> {
  const targets = listTargets('reg.test', `team/${name}`, 'v1', bundleOf(name));
  await pullTargets(appliance, targets);
  day.answers += targets.length;
}

/** The log is written when a request has ended, some time after its client has read it all. */
async function untilCounted(): Promise<Saved> {
  return until('every answer is counted', async () => {
    const saved = await ask<Saved>('saved');
    return saved.periods[1]?.requests === day.answers && saved;
  });
}

it('tells of a day what the test has counted by itself', async () => {
  for (const name of NAMES.slice(0, 3)) await pull(name);
  // Seconds later, blobs are old enough to be evicted.
  await pull('second');
  await pull('third');
  await using client = appliance.client();
  for (const path of ['manifests/none', `blobs/sha256:${'0'.repeat(64)}`]) {
    expect((await client.get(`/v2/reg.test/team/oldest/${path}`)).status).toBe(404);
  }
  await until('room for the last image can be had', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'prune', '--dry-run', '--to=11M']);
    return stdout.includes('3 would be removed');
  });
  await pull('last');
  const evictions = await until('the oldest image is evicted', async () => {
    const told = await ask<Evictions>('evictions');
    return told.blobs >= 3 && told;
  });
  const saved = await untilCounted();
  const records = (await appliance.accessLog()).filter(({ kind, status }) => {
    return ['manifest', 'blob'].includes(kind) && status === 200;
  });
  const isHit = (cache: string) => cache === 'HIT' || cache === 'STALE';
  const hits = records.filter(({ cache }) => isHit(cache));
  const sum = (of: typeof records) => of.reduce((total, { bytes }) => total + bytes, 0);
  const known = records.filter(({ cache }) => cache !== '');
  for (const period of saved.periods) {
    expect(period).toMatchObject({
      requests: day.answers,
      savedRequests: hits.length,
      servedBytes: sum(known),
      savedBytes: sum(hits),
    });
    expect(period.upstreams.map(({ upstream: name }) => name)).toEqual(['reg.test']);
  }
  // Second and third were pulled once more from the cache.
  expect(hits.length).toBeGreaterThanOrEqual(4);

  const oldest = bundleOf('oldest');
  const digests = [oldest.top, ...oldest.blobs].map(({ digest }) => digest);
  expect(evictions.evictions.map(({ digest }) => digest).toSorted()).toEqual(digests.toSorted());
  for (const { images: named, reason } of evictions.evictions) {
    expect(named).toEqual(['reg.test/team/oldest']);
    expect(['reservation', 'growth']).toContain(reason);
  }
  const { running, past } = await ask<Fetches>('fetches');
  expect(running).toEqual([]);
  const blobs = NAMES.flatMap((name) => bundleOf(name).blobs.map(({ digest }) => digest));
  const stored = past.filter(({ outcome }) => outcome === 'stored');
  expect(stored.map(({ digest }) => digest).toSorted()).toEqual(blobs.toSorted());
  expect(stored.every(({ upstream: name }) => name === 'reg.test')).toBe(true);
  expect(stored.every(({ source }) => source === 'upstream')).toBe(true);

  const { stdout } = await appliance.exec(['registry-cache', 'evictions']);
  expect(stdout).toContain('3 blobs were evicted');
  expect((await appliance.exec(['registry-cache', 'saved'])).stdout).toMatch(
    new RegExp(`^last hour +${day.answers} +${hits.length} `, 'm'),
  );
});

it('counts nothing twice after a kill, and goes on after its database was damaged', async () => {
  const before = await untilCounted();
  await killProgram(appliance, 'admin');
  const after = await until('it answers again', () => untilCounted().catch(() => false as const));
  expect(after).toEqual(before);

  await writeFile(historyFile(storeDir), 'no database');
  await pull('last');
  // The log is still there, and is read anew.
  await untilCounted();
  await appendFile(join(storeDir, 'events', 'egress.jsonl'), 'no event\n{"event":"fetch"}\n');
  const { past } = await ask<Fetches>('fetches');
  expect(past.length).toBeGreaterThan(0);
});

it('tells when an upstream was down', async () => {
  await upstream.stop();
  await until('it is down', async () => {
    await pullTargets(
      appliance,
      listTargets('reg.test', 'team/none', 'v1', bundleOf('last')).slice(0, 1),
    ).catch(() => undefined);
    const { upstreams } = await ask<{ upstreams: { state: string }[] }>('upstreams');
    return upstreams[0]?.state === 'down';
  });
  await upstream.start();
  const outages = await until('the outage has ended', async () => {
    const told = await ask<{ outages: Record<string, string>[] }>('upstreams');
    return told.outages[0]?.ended !== undefined && told.outages;
  });
  expect(outages).toMatchObject([{ upstream: 'reg.test', reason: expect.stringMatching(/./) }]);
});
