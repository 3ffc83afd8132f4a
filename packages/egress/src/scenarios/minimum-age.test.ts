import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdmissionRule } from '@registry-cache/domain';
import { blobFile, layerLinkDir, repositoryDir, revisionLinkDir } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { type SignedOrigin, startSignedOrigin } from '../testing/signed-origin.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RULE: AdmissionRule = { number: 1, images: ['**'], minimumAgeMs: 3 * DAY };
const admissionOf = (...rules: AdmissionRule[]) => ({ rules, ca: '' });

interface Stage extends AsyncDisposable {
  readonly origin: SignedOrigin;
  readonly egress: EgressFixture;
  readonly clock: { now: number };
  readonly audit: object[];
}

async function startStage(...rules: AdmissionRule[]): Promise<Stage> {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const audit: object[] = [];
  const origin = await startSignedOrigin();
  const deps = { now: () => clock.now, audit: (event: object) => void audit.push(event) };
  const upstreams = [upstreamAt(origin.url, { prefetchMaxBytes: 1_000_000 })];
  const options = { upstreams, ...(rules.length > 0 && { admission: admissionOf(...rules) }) };
  const egress = await startFixture(origin.url, { options, deps });
  const dispose = async () => {
    await egress[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  };
  return { origin, egress, clock, audit, [Symbol.asyncDispose]: dispose };
}

const manifest = (reference: string) => `/v2/a/manifests/${reference}`;
const blob = (digest: string) => `/v2/a/blobs/${digest}`;
const seenFile = ({ dir }: EgressFixture) => join(dir, 'store/admission/up/a/_seen.json');

async function expectDenied(egress: EgressFixture, path: string, reason: RegExp) {
  const { status, body } = await egress.ask(path);
  const [error] = JSON.parse(body).errors;
  expect([status, error.code]).toEqual([403, 'DENIED']);
  expect(error.message).toMatch(reason);
}

async function expectServed(egress: EgressFixture, path: string, cache: string, digest: string) {
  const { status, headers } = await egress.ask(path);
  expect([status, headers['x-cache'], headers['docker-content-digest']]).toEqual([
    200,
    cache,
    digest,
  ]);
}

const exists = (file: string) =>
  readFile(file).then(
    () => true,
    () => false,
  );

test('a new tag is refused until its digest is old enough, with the time in the reason', async () => {
  await using stage = await startStage(RULE);
  const { origin, egress, clock, audit } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  const reason =
    /^up\.example\.com\/a:latest@sha256:\w{64} is refused: it was first seen under this tag at 2030-01-01T00:00:00Z, and is admitted from 2030-01-04T00:00:00Z on \(admission rule 1\)$/;
  await expectDenied(egress, manifest('latest'), reason);
  await expectDenied(egress, manifest(digest), /admitted from 2030-01-04T00:00:00Z/);
  await expectDenied(egress, blob(layer), /no image that was admitted here has it/);
  clock.now += 3 * DAY - 1;
  await expectDenied(egress, manifest('latest'), reason);
  clock.now += 1;
  await expectServed(egress, manifest('latest'), 'MISS', digest);
  expect((await egress.ask(blob(layer))).body).toBe('layer of one');
  const told = { event: 'admission', image: 'up.example.com/a', digest, rule: 1 };
  expect(audit).toMatchObject([
    { ...told, verdict: 'refused', because: expect.stringContaining('first seen') },
    { ...told, verdict: 'allowed', because: 'it is old enough' },
  ]);
});

test('a tag that moves keeps its last digest as stale, until the new one is old enough', async () => {
  await using stage = await startStage();
  const { origin, egress, clock } = stage;
  const first = origin.pushImage('one', 'latest');
  await expectServed(egress, manifest('latest'), 'MISS', first.digest);
  await egress.setOptions({ admission: admissionOf(RULE) });
  // What is here when the rule comes stays.
  await expectServed(egress, manifest('latest'), 'HIT', first.digest);
  await expectServed(egress, manifest(first.digest), 'HIT', first.digest);
  const second = origin.pushImage('two', 'latest');
  clock.now += HOUR;
  for (let pull = 0; pull < 3; pull += 1) {
    await expectServed(egress, manifest('latest'), 'STALE', first.digest);
    await expectDenied(egress, manifest(second.digest), /first seen here at 2030-01-01T01:00:00Z/);
    clock.now += HOUR;
  }
  const { status, headers } = await egress.ask(manifest('latest'), {
    headers: { 'x-no-fetch': 'you%20may%20not' },
  });
  expect([status, headers['x-cache']]).toEqual([200, 'STALE']);
  clock.now += 3 * DAY;
  await expectServed(egress, manifest('latest'), 'MISS', second.digest);
  await expectServed(egress, manifest(second.digest), 'HIT', second.digest);
});

test('a digest that another tag brought in does not move a tag any sooner', async () => {
  await using stage = await startStage(RULE);
  const { origin, egress, clock } = stage;
  const first = origin.pushImage('one', 'latest');
  const second = origin.pushImage('two', 'v2');
  await egress.ask(manifest('latest'));
  await egress.ask(manifest('v2'));
  clock.now += 3 * DAY;
  await expectServed(egress, manifest('latest'), 'MISS', first.digest);
  await expectServed(egress, manifest('v2'), 'MISS', second.digest);
  origin.tag(second.digest, 'latest');
  clock.now += HOUR;
  await expectServed(egress, manifest('latest'), 'STALE', first.digest);
  clock.now += 3 * DAY;
  await expectServed(egress, manifest('latest'), 'MISS', second.digest);
});

test('a digest without a tag has an age of its own, and an admitted index covers its images', async () => {
  await using stage = await startStage(RULE);
  const { origin, egress, clock } = stage;
  const child = origin.pushImage('child');
  const alone = origin.pushImage('alone');
  const index = origin.pushIndex([child.digest], 'latest');
  await expectDenied(egress, manifest('latest'), /under this tag/);
  await expectDenied(egress, manifest(alone.digest), /first seen here/);
  clock.now += 3 * DAY;
  await expectServed(egress, manifest('latest'), 'MISS', index);
  await expectServed(egress, manifest(child.digest), 'MISS', child.digest);
  expect((await egress.ask(blob(child.layer))).status).toBe(200);
  await expectServed(egress, manifest(alone.digest), 'MISS', alone.digest);
});

test('a restart forgets nothing, and a broken file starts the time anew', async () => {
  await using stage = await startStage(RULE);
  const { origin, egress, clock } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  await expectDenied(egress, manifest('latest'), /from 2030-01-04T00/);
  await expect.poll(() => readFile(seenFile(egress), 'utf8')).toContain(`latest@${digest}`);
  await egress.stop(0);
  const options = { admission: admissionOf(RULE), storeRoot: join(egress.dir, 'store') };
  const deps = { now: () => clock.now, audit: () => undefined };
  clock.now += DAY;
  {
    await using again = await startFixture(origin.url, { options, deps });
    await expectDenied(again, manifest('latest'), /from 2030-01-04T00/);
  }
  await writeFile(seenFile(egress), '{"seen":{"latest@');
  await using third = await startFixture(origin.url, { options, deps });
  await expectDenied(third, manifest('latest'), /from 2030-01-05T00/);
});

test('what waits is fetched and kept, without a link', async () => {
  await using stage = await startStage(RULE);
  const { origin, egress, clock } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  await expectDenied(egress, manifest('latest'), /first seen/);
  const root = join(egress.dir, 'store');
  await expect.poll(() => exists(blobFile(root, digest))).toBe(true);
  await expect.poll(() => exists(blobFile(root, layer))).toBe(true);
  const repository = repositoryDir(root, 'up', 'a');
  expect(await exists(join(revisionLinkDir(repository, digest), 'link'))).toBe(false);
  expect(await exists(join(layerLinkDir(repository, layer), 'link'))).toBe(false);
  for (const method of ['GET', 'HEAD']) {
    expect((await egress.ask(blob(layer), { method })).status).toBe(403);
    expect((await egress.ask(manifest(digest), { method })).status).toBe(403);
  }
  const ranged = await egress.ask(blob(layer), { headers: { range: 'bytes=0-1' } });
  expect(ranged.status).toBe(403);
  clock.now += 3 * DAY;
  origin.asked();
  await expectServed(egress, manifest('latest'), 'MISS', digest);
  expect((await egress.ask(blob(layer))).body).toBe('layer of one');
  expect(origin.asked().filter((line) => line.startsWith('GET blobs'))).toEqual([]);
});

test('signatures have no age, and images outside of the rules neither', async () => {
  await using stage = await startStage({ ...RULE, images: ['up.example.com/b/**'] });
  const { origin, egress } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  await expectServed(egress, manifest('latest'), 'MISS', digest);
  await egress.setOptions({ admission: admissionOf(RULE) });
  expect((await egress.ask(manifest(`${digest.replace(':', '-')}.sig`))).status).toBe(200);
});
