import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type FaultRule,
  pullTarget,
  type Target,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type BucketStage,
  openBucketStage,
  PREFIX,
  type PushedImage,
  readWaiting,
  untilSent,
} from './bucket-stage.ts';
import { listHolders, readEvents, readHealth, readMetric } from './inside.ts';
import { pullTargets, startTraffic, type Traffic } from './traffic.ts';

const MIB = 1024 * 1024;
const BLOBS = /\/blobs\/sha256\//;

interface Trouble {
  readonly rules: readonly FaultRule[];
  /** What is logged of the bucket. Uploads may be told apart, if they failed before it was known. */
  readonly told: readonly string[];
  /** The most lookups that fail one after the other for one cold pull. */
  readonly failures: number;
}

const DOWN = [
  'bucket does not answer and is not asked until it does',
  'bucket answers again',
] as const;
const respond = (status: number, code: string): readonly FaultRule[] => [
  { do: { respond: { status, body: `<Error><Code>${code}</Code></Error>` } } },
];
const ofBodies = (action: FaultRule['do']): readonly FaultRule[] => [
  { when: { method: 'GET', path: BLOBS }, do: action },
];

const TROUBLES: Readonly<Record<string, Trouble>> = {
  errors: { rules: respond(503, 'SlowDown'), told: DOWN, failures: 8 },
  'refused credentials': { rules: respond(403, 'InvalidAccessKeyId'), told: DOWN, failures: 8 },
  silence: { rules: [{ do: { silent: true } }], told: DOWN, failures: 3 },
  'slow answers': { rules: [{ do: { delayMs: 4_000 } }], told: DOWN, failures: 3 },
  'no connection': { rules: [{ do: { refuse: true } }], told: DOWN, failures: 8 },
  'a bucket that is gone': { rules: respond(404, 'NoSuchBucket'), told: [], failures: 8 },
  'cut bodies': { rules: ofBodies({ cutAtByte: 200 }), told: [], failures: 0 },
  'wrong bytes': {
    rules: ofBodies({ corruptByte: 100 }),
    told: [
      'bucket sent wrong bytes, which are fetched from upstream',
      'wrong bytes in the bucket put right',
    ],
    failures: 0,
  },
  // The last one: for a minute after it, registries are asked first.
  'slow bodies': {
    rules: ofBodies({ bytesPerSecond: 100 }),
    told: ['bucket is slow, so that registries are asked first'],
    failures: 0,
  },
};

let stage: BucketStage;
let appliance: Appliance;
let hot: PushedImage;
let traffic: Traffic;
/** For each trouble an image that the bucket has, and one that it gets afterwards. */
const known = new Map<string, PushedImage>();
const fresh = new Map<string, PushedImage>();
const costs: Record<string, object> = {};

beforeAll(async () => {
  stage = await openBucketStage();
  hot = await stage.push('hot', { layerSizesBytes: [MIB] });
  for (const [index, name] of Object.keys(TROUBLES).entries()) {
    const layerSizesBytes = [MIB, MIB + index];
    known.set(name, await stage.push(`known-${index}`, { layerSizesBytes }));
    fresh.set(name, await stage.push(`fresh-${index}`, { layerSizesBytes }));
  }
  const first = await stage.replica();
  for (const { targets } of [hot, ...known.values()]) await pullTargets(first, targets);
  await untilSent(first);
  await first.remove();
  appliance = await stage.replica();
  await pullTargets(appliance, hot.targets);
  traffic = startTraffic(appliance, hot.targets);
});

afterAll(async () => {
  console.info('a cold pull by trouble of the bucket', costs);
  await stage[Symbol.asyncDispose]();
});

const take = (images: Map<string, PushedImage>, name: string): PushedImage => {
  const found = images.get(name);
  if (found === undefined) throw new Error(`no image for ${name}`);
  return found;
};

/** Pulls as podman does: a body that breaks off is asked for again. Returns the attempts. */
async function pull(targets: readonly Target[]): Promise<number> {
  let attempts = 0;
  await using client = appliance.client({ idleTimeoutMs: 60_000 });
  for (const target of targets) {
    for (let rest = 3; ; rest -= 1) {
      attempts += 1;
      const error = await pullTarget(client, target).catch((reason: Error) => reason);
      if (error === undefined) break;
      // A whole body is right, whatever the bucket sent.
      expect(error.message).not.toContain('other bytes');
      if (rest === 0) throw error;
    }
  }
  return attempts;
}

const failedLookups = async () =>
  (await readMetric(
    appliance,
    'registry_cache_egress_bucket_lookups_total\\{outcome="failed"\\}',
  )) ?? 0;

const told = async () =>
  (await readEvents(appliance))
    .map(({ msg }) => String(msg))
    .filter((msg) => msg !== 'bucket is used' && /\bbucket\b/.test(msg) && !/lifecycle/.test(msg));

it.each(Object.keys(TROUBLES))('%s cost no pull its bytes, and a cold one little', async (name) => {
  const {
    rules,
    told: expected,
    failures,
  } = TROUBLES[name] ?? { rules: [], told: [], failures: 0 };
  const toldBefore = await told();
  const failedBefore = await failedLookups();
  stage.toBucket.setRules(...rules);
  const startedMs = performance.now();
  const attempts = await pull(take(known, name).targets);
  const coldMs = Math.round(performance.now() - startedMs);
  const failed = (await failedLookups()) - failedBefore;
  await pull(take(fresh, name).targets);
  await traffic.untilServed(20);
  const waiting = (await readWaiting(appliance)) ?? 0;
  stage.toBucket.setRules();

  await until(
    `the bucket is asked again after ${name}`,
    async () => {
      const up = await readMetric(appliance, 'registry_cache_egress_bucket_up');
      return up === 1;
    },
    { timeoutMs: 60_000 },
  );
  await untilSent(appliance);
  costs[name] = { milliseconds: coldMs, attempts, failedLookups: failed, waiting };
  expect(failed).toBeLessThanOrEqual(failures);
  // Generous: a lookup has 1.5 seconds, and a machine that is busy takes its time.
  expect(coldMs).toBeLessThan(30_000);
  // Each object of both images waits once at most.
  const { targets } = take(fresh, name);
  expect(waiting).toBeLessThanOrEqual(2 * targets.length + 2);
  const blobs = await readdir(join(stage.s3.bucketDir, PREFIX, 'blobs/sha256'));
  for (const { digest } of [...targets, ...take(known, name).targets]) {
    expect(blobs).toContain(digest.slice(7));
  }
  const now = (await told()).slice(toldBefore.length);
  // Each object with wrong bytes is told by itself.
  expect([...new Set(now.filter((msg) => !msg.startsWith('uploads')))]).toEqual(expected);
  for (const msg of [...DOWN, 'bucket is slow, so that registries are asked first']) {
    expect(now.filter((one) => one === msg).length).toBeLessThanOrEqual(1);
  }
  expect([0, 2]).toContain(now.filter((msg) => msg.startsWith('uploads')).length);
});

it('clients of stored images noticed nothing, and the bucket nothing of them', async () => {
  expect(await traffic.stop()).toEqual([]);
  const digests = hot.targets.map(({ digest }) => digest.slice(7));
  stage.toBucket.forget();
  await pullTargets(appliance, hot.targets);
  const paths = stage.toBucket.seen.map(({ path }) => path);
  expect(paths.filter((path) => digests.some((hex) => path.includes(hex)))).toEqual([]);
});

it('no secret of the bucket is in logs, metrics, files, or programs that need none', async () => {
  const secret = stage.s3.credentials.AWS_SECRET_ACCESS_KEY ?? '';
  expect(secret).not.toBe('');
  expect(await listHolders(appliance, 'AWS_SECRET_ACCESS_KEY')).toEqual(['supervisord', 'egress']);
  expect(await appliance.logs()).not.toContain(secret);
  expect(await readHealth(appliance, '/metrics')).not.toContain(secret);
  const search = `grep -rl --devices=skip -e '${secret}' /run/registry-cache /var/lib/registry || true`;
  const { stdout } = await appliance.exec(['bash', '-c', search], { user: '0' });
  expect(stdout.trim()).toBe('');
});
