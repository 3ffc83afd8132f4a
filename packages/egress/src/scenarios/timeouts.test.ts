import { expect, test } from 'vitest';
import { BLOB, PATH, serveBlob } from '../testing/blob-origin.ts';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';

const SHORT = { connectMs: 2_000, headersMs: 200, blobHeadersMs: 8_000, idleMs: 2_000 };
/** undici measures time to about half a second. */
const SLOW_MS = 2_500;

/** Answers all paths but `/v2/` after a while. */
function startSlow() {
  return startOrigin(async (seen, response) => {
    if (seen.url === '/v2/') return reply(response, 200, '{}');
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    if (seen.url.includes('/blobs/')) serveBlob(seen, response);
    else reply(response, 200, '{"name":"a","tags":[]}');
  });
}

test('a blob may start later than other answers', async () => {
  await using origin = await startSlow();
  await using egress = await startFixture(origin.url, { options: { timeouts: SHORT } });
  const head = await egress.ask(PATH, { method: 'HEAD' });
  expect([head.status, head.headers['content-length']]).toEqual([200, String(BLOB.length)]);
  const blob = await egress.ask(PATH);
  expect([blob.status, blob.body.length]).toEqual([200, BLOB.toString('utf8').length]);
});

test('the timeouts of an upstream replace the general ones', async () => {
  await using origin = await startSlow();
  const upstreams = [upstreamAt(origin.url, { timeouts: { ...SHORT, headersMs: 8_000 } })];
  await using egress = await startFixture(origin.url, {
    options: { timeouts: SHORT, upstreams },
  });
  const tags = '/v2/a/tags/list';
  expect((await egress.ask(tags)).status).toBe(200);
  await egress.setOptions({ upstreams: [upstreamAt(origin.url)] });
  const late = await egress.ask('/v2/b/tags/list');
  expect(late.status).toBe(504);
  expect(late.body).toContain(`no answer from ${origin.host} within 200ms`);
});
