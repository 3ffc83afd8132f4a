import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, version } from '../testing/tag-origin.ts';
import { startTokenRegistry } from '../testing/token-registry.ts';

const HOUR = 3_600_000;
const ONE = version('one');
const TIMEOUTS = { connectMs: 1_000, headersMs: 2_000, blobHeadersMs: 2_000, idleMs: 1_000 };
const TAGS = '/v2/a/tags/list';

async function startIll() {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const origin = await startTagOrigin(ONE);
  const egress = await startFixture(origin.url, {
    options: { timeouts: TIMEOUTS },
    deps: { now: () => clock.now },
  });
  const metric = async (name: string) => {
    const page = (await egress.ask('/metrics', { over: 'socket' })).body;
    return new RegExp(`^registry_cache_egress_${name}{upstream="up.example.com"} (\\d+)`, 'm').exec(
      page,
    )?.[1];
  };
  return {
    clock,
    origin,
    egress,
    metric,
    async [Symbol.asyncDispose]() {
      await egress[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

test('a silent upstream delays the first pull of an expired tag by the soft limit, and no later pull', async () => {
  await using it = await startIll();
  await it.egress.ask(LATEST);
  it.clock.now += HOUR;
  it.origin.trouble = 'silent';
  const pull = async () => {
    const before = performance.now();
    const { status, headers } = await it.egress.ask(LATEST);
    expect([status, headers['x-cache'], headers['x-accel-expires']]).toEqual([200, 'STALE', '0']);
    return performance.now() - before;
  };
  expect(await pull()).toBeLessThan(TIMEOUTS.headersMs / 2);
  for (let count = 0; count < 20; count += 1) await pull();
  // By now the check has timed out, and the breaker is open.
  await expect.poll(() => it.metric('upstream_up'), { timeout: 10_000 }).toBe('0');
  const asked = it.origin.asked();
  for (let count = 0; count < 20; count += 1) await pull();
  expect(it.origin.asked()).toEqual([]);
  expect(asked.filter((line) => line !== 'HEAD latest')).toEqual(['GET latest']);
  expect(await it.metric('stale_total')).toBe('41');
  // A request for missing content is refused at once, with the reason.
  const before = performance.now();
  const cold = await it.egress.ask('/v2/a/manifests/cold');
  expect([cold.status, cold.body]).toEqual([503, expect.stringContaining('left alone')]);
  expect(performance.now() - before).toBeLessThan(TIMEOUTS.headersMs / 2);

  it.origin.trouble = undefined;
  await expect.poll(() => it.metric('upstream_up'), { timeout: 20_000 }).toBe('1');
  expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('MISS');
  const lines = it.egress.log
    .map(({ msg }) => msg)
    .filter((msg) => /^upstream (does|ans)/.test(String(msg)));
  expect(lines).toEqual([
    'upstream does not answer and is not asked until it does',
    'upstream answers again',
  ]);
}, 60_000);

test('an upstream that is down is asked once, and then only probed until it answers', async () => {
  await using it = await startIll();
  await it.origin.pause();
  expect((await it.egress.ask(TAGS)).status).toBe(502);
  await expect.poll(async () => (await it.egress.ask(TAGS)).status).toBe(503);
  await it.origin.resume();
  await expect
    .poll(async () => (await it.egress.ask(LATEST)).status, { timeout: 20_000 })
    .toBe(200);
}, 30_000);

test('a 503 of one repository does not open the circuit for others', async () => {
  await using origin = await startOrigin(({ url }, response) =>
    reply(response, url.includes('/bad/') ? 503 : 200, '{}', { 'retry-after': '1' }),
  );
  await using egress = await startFixture(origin.url);
  for (let count = 0; count < 5; count += 1) {
    expect((await egress.ask('/v2/bad/tags/list')).body).toContain('answered 503');
    expect((await egress.ask(TAGS)).status).toBe(200);
  }
});

test('a token service that is down opens the circuit of its upstream', async () => {
  await using fake = await startTokenRegistry({ anonymous: true });
  await using egress = await startFixture(fake.registry.url);
  await fake.tokens.pause();
  expect((await egress.ask(TAGS)).status).toBe(502);
  await expect.poll(async () => (await egress.ask(TAGS)).status).toBe(503);
  expect((await egress.ask(TAGS)).body).toContain(`${fake.tokens.host}, to which up.example.com`);
  await fake.tokens.resume();
  await expect.poll(async () => (await egress.ask(TAGS)).status, { timeout: 20_000 }).toBe(200);
}, 30_000);

test('a CDN that is down fails only its own blobs', async () => {
  await using cdn = await startOrigin((_seen, response) => reply(response, 200));
  await using origin = await startOrigin(({ url }, response) => {
    const isBlob = url.includes('/blobs/');
    reply(response, isBlob ? 307 : 200, '{}', isBlob ? { location: cdn.url } : {});
  });
  await using egress = await startFixture(origin.url);
  await cdn.pause();
  const blob = `/v2/a/blobs/sha256:${'a'.repeat(64)}`;
  await egress.ask(blob, { method: 'HEAD' });
  await expect.poll(async () => (await egress.ask(blob, { method: 'HEAD' })).status).toBe(503);
  expect((await egress.ask(TAGS)).status).toBe(200);
});

test('an offline upstream is never asked, and stored content is served at any age', async () => {
  await using it = await startIll();
  await it.egress.ask(LATEST);
  it.origin.asked();
  await it.egress.setOptions({ upstreams: [upstreamAt(it.origin.url, { offline: true })] });
  expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('HIT');
  it.clock.now += 1_000 * HOUR;
  expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('STALE');
  expect((await it.egress.ask(`/v2/a/manifests/${ONE.digest}`)).headers['x-cache']).toBe('HIT');
  expect(JSON.parse((await it.egress.ask(TAGS)).body)).toEqual({ name: 'a', tags: ['latest'] });
  for (const path of ['/v2/a/manifests/cold', `/v2/a/blobs/sha256:${'a'.repeat(64)}`]) {
    const got = await it.egress.ask(path);
    expect(got.status).toBe(503);
    expect(got.body).toContain('up.example.com is offline by order of the operator');
  }
  // Of an image that is here, it is known what refers to it. Of another one it is not.
  const other = `sha256:${'b'.repeat(64)}`;
  const answers = [ONE.digest, other].flatMap((digest) =>
    [`referrers/${digest}`, `manifests/${digest.replace(':', '-')}.sig`].map((rest) =>
      it.egress.ask(`/v2/a/${rest}`),
    ),
  );
  const [list, ...rest] = await Promise.all(answers);
  expect([list?.status, JSON.parse(list?.body ?? '').manifests]).toEqual([200, []]);
  expect(rest.map(({ status }) => status)).toEqual([404, 503, 503]);
  expect(rest[0]?.body).toContain('MANIFEST_UNKNOWN');
  expect(it.origin.asked()).toEqual([]);
  await it.egress.setOptions({ upstreams: [upstreamAt(it.origin.url)] });
  expect((await it.egress.ask(LATEST)).headers['x-cache']).toBe('MISS');
});
