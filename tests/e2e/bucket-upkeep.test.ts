import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BucketStage, openBucketStage, PREFIX, untilSent } from './bucket-stage.ts';
import { killProgram, readEvents, readMetric } from './inside.ts';
import { describeUpstreams } from './stage.ts';
import { pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
const TIMES = { timeoutMs: 180_000 };

let stage: BucketStage;
beforeAll(async () => {
  stage = await openBucketStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Every object of the bucket, as a file. */
async function listObjects(): Promise<string[]> {
  const found = await readdir(stage.s3.bucketDir, { recursive: true, withFileTypes: true });
  // Files of the server itself are hidden.
  return found
    .filter((one) => one.isFile() && !one.name.startsWith('.'))
    .map(({ parentPath, name }) => join(parentPath, name));
}

// Each of two sweeps comes a minute after a start.
it('a bucket gets what was on the disk before it, and what is used is renewed', async () => {
  const { targets } = await stage.push('before', { layerSizesBytes: [MIB, 2 * MIB] });
  const storeDir = await mkdtemp(join(tmpdir(), 'bucket-store-'));
  stage.use({ [Symbol.asyncDispose]: () => rm(storeDir, { recursive: true, force: true }) });
  const upstream = { 'reg.test': { url: stage.registry.url, tags: { default: '1h' } } };
  const without = await stage.appliance(upstream, { ...describeUpstreams(upstream), storeDir });
  await pullTargets(without, targets);
  await without.remove();
  expect(await listObjects()).toEqual([]);

  const swept = await stage.replica({ storeDir, env: { S3_EXPIRE: '1d' } });
  const expected = ['v1', ...targets.map(({ digest }) => digest.slice(7))];
  const names = async () => (await listObjects()).map((file) => basename(file));
  const missing = async () => {
    const there = await names();
    return expected.filter((name) => !there.includes(name));
  };
  await until('all is in the bucket', async () => (await missing()).length === 0, TIMES);
  await untilSent(swept);

  // Older than half of the life of an object, and in use.
  const old = new Date(Date.now() - 13 * HOUR_MS);
  const objects = await listObjects();
  for (const file of objects) await utimes(file, old, old);
  await pullTargets(swept, targets);
  // The next sweep comes in three hours, or a minute after a start.
  await killProgram(swept, 'egress');
  const listOld = async () => {
    const times = await Promise.all(objects.map(async (file) => (await stat(file)).mtimeMs));
    return times.filter((ms) => ms < old.getTime() + HOUR_MS);
  };
  await until('all is renewed', async () => (await listOld()).length === 0, TIMES);
  const uploads = 'registry_cache_egress_bucket_uploads_total\\{outcome="renewed"\\}';
  expect(await readMetric(swept, uploads)).toBeGreaterThan(0);
}, 480_000);

const ruleOf = (id: string, prefix: string) =>
  `<Rule><ID>${id}</ID><Status>Enabled</Status><Filter><Prefix>${prefix}</Prefix></Filter>
   <Expiration><Days>30</Days></Expiration></Rule>`;

/** The server of these tests has no lifecycles, so the proxy in front of it answers for them. */
it.each([
  ['is removed, and others stay', 200, 'rule of an earlier S3_EXPIRE removed'],
  ['is told where it may not be removed', 403, 'could not remove the rule of an earlier S3_EXPIRE'],
])('with S3_EXPIRE=0 the rule of an earlier one %s', async (_, status, told) => {
  const rules = ruleOf(`registry-cache ${PREFIX}/`, `${PREFIX}/`) + ruleOf('logs', 'logs/');
  const body = `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`;
  stage.toBucket.setRules(
    { when: { method: 'GET', path: /lifecycle/ }, do: { respond: { status: 200, body } } },
    { when: { method: 'PUT', path: /lifecycle/ }, do: { respond: { status } } },
  );
  stage.toBucket.forget();
  const replica = await stage.replica({ env: { S3_EXPIRE: '0' } });
  const find = async () =>
    (await readEvents(replica)).find(({ msg }) => String(msg).startsWith(told));
  expect(await until(told, find)).toMatchObject({ ruleId: `registry-cache ${PREFIX}/` });
  expect(stage.toBucket.count({ method: 'PUT', path: /lifecycle/ })).toBe(1);
  stage.toBucket.setRules();
});
