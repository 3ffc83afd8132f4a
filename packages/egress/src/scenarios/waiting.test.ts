import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BLOB, PATH, serveBlob } from '../testing/blob-origin.ts';
import {
  type EgressFixture,
  NO_LIMITS,
  type ReceivedResponse,
  startFixture,
} from '../testing/egress-fixture.ts';
import { LARGE, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { startTagOrigin, version } from '../testing/tag-origin.ts';

const SLOW_MS = 1_500;
const OPTIONS = { answerWithinMs: 400 };

/** Repeats a request after each 503, as clients do. */
async function askUntilAnswered(
  egress: EgressFixture,
  ...asked: Parameters<EgressFixture['ask']>
): Promise<ReceivedResponse[]> {
  const answers: ReceivedResponse[] = [];
  do {
    answers.push(await egress.ask(...asked));
  } while (answers.at(-1)?.status === 503 && answers.length < 50);
  return answers;
}

function startSlowBlobs() {
  return startOrigin(async (seen, response) => {
    if (seen.url === '/v2/') return reply(response, 200, '{}');
    await sleep(SLOW_MS);
    serveBlob(seen, response);
  });
}

test.each([
  ['a blob', {}, 200, BLOB.toString()],
  ['a part', { headers: { range: 'bytes=5000000-5000001' } }, 416, undefined],
  ['a HEAD', { method: 'HEAD' }, 200, ''],
])('%s that starts late costs one request, however often clients repeat theirs', async (...row) => {
  const [, asked, status, body] = row;
  await using origin = await startOrigin(async (seen, response) => {
    await sleep(SLOW_MS);
    if (seen.headers.range?.startsWith('bytes=5000000') === true) return reply(response, 416);
    serveBlob(seen, response);
  });
  await using egress = await startFixture(origin.url, { options: OPTIONS });
  const answers = await askUntilAnswered(egress, PATH, asked);
  const [first] = answers;
  expect([first?.status, first?.headers['retry-after']]).toEqual([503, '2']);
  if (body !== '') expect(first?.body).toContain('"UNAVAILABLE"');
  expect(answers.at(-1)?.status).toBe(status);
  if (body !== undefined) expect(answers.at(-1)?.body).toBe(body);
  expect(origin.seen).toHaveLength(1);
});

test('a blob that starts late does not open the circuit', async () => {
  await using origin = await startSlowBlobs();
  const timeouts = { connectMs: 2000, headersMs: 300, blobHeadersMs: 10_000, idleMs: 2000 };
  await using egress = await startFixture(origin.url, { options: { ...OPTIONS, timeouts } });
  const answers = await askUntilAnswered(egress, PATH);
  expect(answers.at(-1)?.body).toBe(BLOB.toString());
  const metrics = (await egress.ask('/metrics', { over: 'socket' })).body;
  expect(metrics).toContain('registry_cache_egress_upstream_up{upstream="up.example.com"} 1');
});

test('a late tag gets 503 first, and its answer is remembered', async () => {
  await using origin = await startTagOrigin(version('one'));
  origin.delayMs = SLOW_MS;
  await using egress = await startFixture(origin.url, { options: OPTIONS });
  const answers = await askUntilAnswered(egress, '/v2/a/manifests/latest');
  expect([answers[0]?.status, answers.at(-1)?.body]).toEqual([503, version('one').body]);
  expect(origin.asked()).toEqual(['GET latest']);
});

test('a request keeps its place in the queue after a 503', async () => {
  await using origin = await startLargeBlobOrigin();
  const limits = { ...NO_LIMITS, connections: 2 };
  // The running body stalls for longer than two requests wait, and must not time out meanwhile.
  const timeouts = { connectMs: 2000, headersMs: 2000, blobHeadersMs: 2000, idleMs: 20_000 };
  const options = { ...OPTIONS, limits, timeouts };
  await using egress = await startFixture(origin.url, { options });
  // The fetch stops so early that the range below is not near: it would wait for the fetch then.
  origin.state.gate = 1_000_000;
  const running = await egress.open(LARGE_PATH);
  await once(running, 'readable');
  // The only place for large bodies is in use now.
  const headers = { range: 'bytes=10000000-10000099' };
  const part = () => egress.ask(LARGE_PATH, { headers });
  expect((await part()).status).toBe(503);
  const waits = async () =>
    /exchanges_waiting{upstream="up.example.com"} (\d+)/.exec(
      (await egress.ask('/metrics', { over: 'socket' })).body,
    )?.[1];
  const waiting = await waits();
  expect(Number(waiting)).toBeGreaterThan(0);
  expect((await part()).status).toBe(503);
  expect(await waits()).toBe(waiting);
  origin.state.gate = Number.POSITIVE_INFINITY;
  running.resume();
  const answers = await askUntilAnswered(egress, LARGE_PATH, { headers });
  expect(answers.at(-1)?.status).toBe(206);
  const ranges = origin.seen.filter((seen) => seen.headers.range === headers.range);
  expect(ranges.length).toBeLessThanOrEqual(1);
});

test('the time that a request has waited at the edge counts', async () => {
  await using origin = await startSlowBlobs();
  await using egress = await startFixture(origin.url, { options: { answerWithinMs: 1_400 } });
  const early = { 'x-received': String(Date.now() - 1_000) };
  expect((await egress.ask(PATH, { headers: early })).status).toBe(503);
  expect((await egress.ask(PATH, { headers: { 'x-received': 'never' } })).status).toBe(200);
});

test('a part that stalls is resumed although the next part had the only place', async () => {
  await using origin = await startLargeBlobOrigin();
  const limits = { ...NO_LIMITS, connections: 2 };
  const timeouts = { connectMs: 2000, headersMs: 2000, blobHeadersMs: 2000, idleMs: 1000 };
  await using egress = await startFixture(origin.url, { options: { limits, timeouts } });
  origin.state.gate = 2_000_000;
  const body = await egress.open(LARGE_PATH);
  // Now the stalled part is given up, and the next part gets its place.
  while (origin.seen.length < 2) await sleep(10);
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect((await buffer(body)).equals(LARGE)).toBe(true);
});
