import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import {
  after,
  type FakeScanner,
  NO,
  sends,
  startFakeScanner,
  YES,
} from '../testing/fake-scanner.ts';
import { RULE as SIGNED, type SignedOrigin, startSignedOrigin } from '../testing/signed-origin.ts';

const HOUR = 3_600_000;

interface Stage extends AsyncDisposable {
  readonly origin: SignedOrigin;
  readonly scanner: FakeScanner;
  readonly egress: EgressFixture;
  readonly clock: { now: number };
  readonly audit: object[];
}

const admissionBy = (url: string, timeoutMs = 2_000) => ({
  rules: [{ number: 1, images: ['**'], ask: { url, timeoutMs } }],
  ca: '',
});

async function startStage(isInForce = true): Promise<Stage> {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const audit: object[] = [];
  const origin = await startSignedOrigin();
  const scanner = await startFakeScanner();
  const deps = { now: () => clock.now, audit: (event: object) => void audit.push(event) };
  const upstreams = [upstreamAt(origin.url, { prefetchMaxBytes: 1_000_000 })];
  const options = { upstreams, ...(isInForce && { admission: admissionBy(scanner.url) }) };
  const egress = await startFixture(origin.url, { options, deps });
  const dispose = async () => {
    await egress[Symbol.asyncDispose]();
    await scanner[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  };
  return { origin, scanner, egress, clock, audit, [Symbol.asyncDispose]: dispose };
}

const manifest = (reference: string) => `/v2/a/manifests/${reference}`;
const blob = (digest: string) => `/v2/a/blobs/${digest}`;

async function expectRefused(
  egress: EgressFixture,
  path: string,
  code: 'DENIED' | 'UNAVAILABLE',
  reason: RegExp,
) {
  const { status, headers, body } = await egress.ask(path);
  const [error] = JSON.parse(body).errors;
  expect([status, error.code]).toEqual([code === 'DENIED' ? 403 : 503, code]);
  expect(error.message).toMatch(reason);
  if (status === 503) expect(headers['retry-after']).toBe('5');
}

test('a scanner is asked once for each digest, and its yes is kept over a restart', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress, audit } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  for (const path of [manifest('latest'), manifest(digest), blob(layer)]) {
    expect((await egress.ask(path)).status).toBe(200);
  }
  const { body } = await egress.ask(manifest(digest));
  const size = body.length + '{"name":"one"}'.length + 'layer of one'.length;
  expect(scanner.asked).toEqual([
    {
      request: 'POST /admit application/json',
      image: 'up.example.com/a',
      tag: 'latest',
      digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size,
      manifest: body,
    },
  ]);
  const told = { event: 'admission', image: 'up.example.com/a', digest, rule: 1 };
  expect(audit).toEqual([{ ...told, because: 'no finding', verdict: 'allowed' }]);
  const file = join(egress.dir, 'store/admission/up/a/_verdicts.json');
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain(digest);
  await egress.stop(0);
  const options = { admission: admissionBy(scanner.url), storeRoot: join(egress.dir, 'store') };
  await using again = await startFixture(origin.url, { options });
  expect((await again.ask(blob(layer))).status).toBe(200);
  expect((await again.ask(manifest(digest))).status).toBe(200);
  expect(scanner.asked).toHaveLength(1);
});

test('a no refuses the image by every way, and is asked again five minutes later', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress, clock, audit } = stage;
  scanner.answerWith(NO);
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.tag(digest, 'other');
  const reason = /is refused: CVE-2026-0001 is critical \(admission rule 1\)$/;
  await expectRefused(egress, manifest('latest'), 'DENIED', reason);
  await expectRefused(egress, manifest('other'), 'DENIED', reason);
  await expectRefused(egress, manifest(digest), 'DENIED', reason);
  await expectRefused(egress, blob(layer), 'DENIED', /no image that was admitted/);
  expect((await egress.ask(manifest('latest'), { method: 'HEAD' })).status).toBe(403);
  expect(scanner.asked).toHaveLength(1);
  expect(audit).toMatchObject([{ verdict: 'refused', because: 'CVE-2026-0001 is critical' }]);
  scanner.answerWith(YES);
  clock.now += 301_000;
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect((await egress.ask(blob(layer))).status).toBe(200);
});

test('a tag that moves to a refused image keeps its last digest, as stale', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress, clock } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  await egress.ask(manifest('latest'));
  scanner.answerWith(NO);
  origin.pushImage('two', 'latest');
  clock.now += HOUR;
  for (let pull = 0; pull < 2; pull += 1) {
    const { status, headers } = await egress.ask(manifest('latest'));
    const found = [status, headers['x-cache'], headers['docker-content-digest']];
    expect(found).toEqual([200, 'STALE', digest]);
  }
  expect(scanner.asked).toHaveLength(2);
});

test('an index is asked about once, with its platforms, and covers its images', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress } = stage;
  const child = origin.pushImage('child');
  const index = origin.pushIndex([child.digest], 'latest');
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect((await egress.ask(manifest(child.digest))).status).toBe(200);
  expect((await egress.ask(blob(child.layer))).status).toBe(200);
  expect(scanner.asked).toMatchObject([{ digest: index }]);
});

test.each([
  ['an error', sends(500, ''), /answered with status 500/],
  ['a refusal by status alone', sends(403, ''), /answered with status 403/],
  ['a redirect', sends(302, '', { location: 'http://127.0.0.1:1/' }), /with status 302/],
  ['a page', sends(200, '<html>'), /answered without "admit": true or false/],
  ['another kind of yes', sends(200, { admit: 'true' }), /answered without "admit"/],
  ['a huge answer', sends(200, { admit: true, x: 'x'.repeat(100_000) }), /more than 65536 bytes/],
  ['silence', after(10_000, YES), /did not answer within 1s/],
])(
  '%s of the scanner admits nothing new: 503, and it is asked again',
  async (_, answer, reason) => {
    await using stage = await startStage();
    const { origin, scanner, egress, clock, audit } = stage;
    await egress.setOptions({ admission: admissionBy(scanner.url, 1_000) });
    scanner.answerWith(answer);
    const { digest, layer } = origin.pushImage('one', 'latest');
    await expectRefused(egress, manifest('latest'), 'UNAVAILABLE', reason);
    await expectRefused(egress, manifest(digest), 'UNAVAILABLE', reason);
    expect((await egress.ask(blob(layer))).status).toBe(403);
    expect(scanner.asked).toHaveLength(1);
    expect(audit).toEqual([]);
    scanner.answerWith(YES);
    clock.now += 5_000;
    expect((await egress.ask(manifest('latest'))).status).toBe(200);
  },
);

test('a scanner that is down admits nothing new, and its address stays out of credentials', async () => {
  await using stage = await startStage();
  const { origin, egress } = stage;
  await egress.setOptions({ admission: admissionBy('http://127.0.0.1:1/admit?key=s3cret') });
  origin.pushImage('one', 'latest');
  await expectRefused(egress, manifest('latest'), 'UNAVAILABLE', /127\.0\.0\.1:1/);
  expect(JSON.stringify(egress.log)).not.toContain('s3cret');
});

test('pulls at the same time share one question, and the layers arrive meanwhile', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress } = stage;
  scanner.answerWith(after(700, YES));
  const { digest, layer } = origin.pushImage('one', 'latest');
  const pulls = ['latest', digest, 'latest', digest].map((reference) =>
    egress.ask(manifest(reference)),
  );
  const root = join(egress.dir, 'store');
  const isHere = () =>
    readFile(blobFile(root, layer)).then(
      () => true,
      () => false,
    );
  await expect.poll(isHere, { timeout: 600 }).toBe(true);
  expect((await egress.ask(blob(layer))).status).toBe(403);
  expect((await Promise.all(pulls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(scanner.asked).toHaveLength(1);
  expect((await egress.ask(blob(layer))).body).toBe('layer of one');
  expect(origin.asked().filter((line) => line === 'GET blobs digest')).toHaveLength(2);
});

test('what is here is asked about at the next pull, and served while nobody can be asked', async () => {
  await using stage = await startStage(false);
  const { origin, scanner, egress, clock } = stage;
  const { digest, layer } = origin.pushImage('one', 'latest');
  await egress.ask(manifest('latest'));
  await egress.ask(blob(layer));
  scanner.answerWith(sends(500, ''));
  await egress.setOptions({ admission: admissionBy(scanner.url) });
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect((await egress.ask(blob(layer))).status).toBe(200);
  scanner.answerWith(NO);
  clock.now += 6_000;
  await expectRefused(egress, manifest(digest), 'DENIED', /CVE/);
  // A refusal stays one, also where the scanner is down by then.
  scanner.answerWith(sends(500, ''));
  clock.now += HOUR;
  await expectRefused(egress, manifest(digest), 'DENIED', /CVE/);
  await expectRefused(egress, blob(layer), 'DENIED', /./);
});

test('another URL asks about everything again', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress } = stage;
  const { digest } = origin.pushImage('one', 'latest');
  await egress.ask(manifest('latest'));
  scanner.answerWith(NO);
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  await egress.setOptions({ admission: admissionBy(`${scanner.url}?since=2030-01-01`) });
  await expectRefused(egress, manifest(digest), 'DENIED', /CVE/);
  expect(scanner.asked.map(({ request }) => request)).toEqual([
    'POST /admit application/json',
    'POST /admit?since=2030-01-01 application/json',
  ]);
});

test('a token goes to the scanner that it belongs to, and not into the log', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress } = stage;
  await egress.write('scanner-tokens.json', JSON.stringify({ [scanner.url]: 's3cret' }));
  origin.pushImage('one', 'one');
  await egress.ask(manifest('one'));
  await egress.setOptions({ admission: admissionBy(`${scanner.url}/other`) });
  origin.pushImage('two', 'two');
  await egress.ask(manifest('two'));
  expect(scanner.asked.map(({ authorization }) => authorization)).toEqual([
    'Bearer s3cret',
    undefined,
  ]);
  expect(JSON.stringify([egress.log, stage.audit])).not.toContain('s3cret');
});

test('all rules for an image have to admit it, and a signature comes first', async () => {
  await using stage = await startStage();
  const { origin, scanner, egress, clock } = stage;
  const [rule] = admissionBy(scanner.url).rules;
  const age = { number: 2, images: ['up.example.com/**'], minimumAgeMs: HOUR };
  const admission = { rules: [...(rule ? [rule] : []), age], ca: '' };
  await egress.setOptions({ admission, trust: [SIGNED] });
  const { digest } = origin.pushImage('one', 'latest');
  await expectRefused(egress, manifest('latest'), 'DENIED', /no signature/);
  origin.sign(digest);
  clock.now += HOUR;
  await expectRefused(egress, manifest('latest'), 'DENIED', /admission rule 2/);
  expect(scanner.asked).toEqual([]);
  clock.now += HOUR;
  expect((await egress.ask(manifest('latest'))).status).toBe(200);
  expect(scanner.asked).toHaveLength(1);
  const { body } = await egress.ask('/metrics', { over: 'socket' });
  const name = 'registry_cache_egress_admission_verdicts_total{upstream="up.example.com"';
  expect(body).toContain(`${name},outcome="waiting"} 1`);
  expect(body).toContain(`${name},outcome="admitted"} 1`);
});
