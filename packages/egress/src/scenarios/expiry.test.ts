import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { BLOB, PATH, serveBlob } from '../testing/blob-origin.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, version } from '../testing/tag-origin.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const ONE = version('one');
const TWO = version('two');

function startClock() {
  const clock = { now: Date.UTC(2030, 0, 1) };
  return { clock, deps: { now: () => clock.now } };
}

test('a stored layer is served by its digest at any age, without a request', async () => {
  const { clock, deps } = startClock();
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url, { deps });
  await buffer(await egress.open(PATH));
  clock.now += YEAR;
  await origin.pause();
  const cacheOf = async (method: string) => {
    const got = await egress.open(PATH, { method });
    const body = await buffer(got);
    expect(body.equals(method === 'HEAD' ? Buffer.alloc(0) : BLOB)).toBe(true);
    return `${got.statusCode} ${got.headers['x-cache']}`;
  };
  expect([await cacheOf('GET'), await cacheOf('HEAD')]).toEqual(['200 HIT', '200 HIT']);
  expect(origin.seen).toHaveLength(1);
});

test('a stored manifest is served by its digest long after its tag has moved', async () => {
  const { clock, deps } = startClock();
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, { deps });
  await egress.ask(LATEST);
  origin.latest = TWO;
  origin.forget(ONE.digest);
  clock.now += YEAR;
  expect((await egress.ask(LATEST)).body).toBe(TWO.body);
  origin.asked();
  for (const method of ['GET', 'HEAD']) {
    const got = await egress.ask(`/v2/a/manifests/${ONE.digest}`, { method });
    expect([got.status, got.headers['x-cache']]).toEqual([200, 'HIT']);
  }
  expect(origin.asked()).toEqual([]);
});

test('a client that only sends HEAD sees that a tag has moved', async () => {
  const { clock, deps } = startClock();
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, { deps });
  const head = async () => {
    const { headers } = await egress.ask(LATEST, { method: 'HEAD' });
    return [headers['x-cache'], headers['docker-content-digest']];
  };
  expect(await head()).toEqual(['MISS', ONE.digest]);
  expect(await head()).toEqual(['HIT', ONE.digest]);
  origin.latest = TWO;
  clock.now += HOUR;
  expect(await head()).toEqual(['MISS', TWO.digest]);
  expect(await head()).toEqual(['HIT', TWO.digest]);
  origin.latest = undefined;
  clock.now += HOUR;
  expect((await egress.ask(LATEST, { method: 'HEAD' })).status).toBe(404);
});
