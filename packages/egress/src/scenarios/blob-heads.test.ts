import { expect, test } from 'vitest';
import { BLOB, PATH, serveBlob } from '../testing/blob-origin.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { type OriginHandler, reply, startOrigin } from '../testing/origin.ts';

test.each([401, 403, 405])(
  'a HEAD that is refused with %i is answered by a GET of one byte',
  async (status) => {
    await using origin = await startOrigin((seen, response) => {
      if (seen.method === 'HEAD') return reply(response, status);
      return serveBlob(seen, response);
    });
    await using egress = await startFixture(origin.url);
    const got = await egress.ask(PATH, { method: 'HEAD' });
    expect([got.status, got.headers['content-length']]).toEqual([200, '300000']);
    expect(got.headers).not.toHaveProperty('content-range');
    expect(origin.seen.at(-1)).toMatchObject({ method: 'GET', headers: { range: 'bytes=0-0' } });
  },
);

test('a HEAD that the CDN refuses is answered by a GET of one byte', async () => {
  await using cdn = await startOrigin((seen, response) => {
    if (seen.method === 'HEAD') return reply(response, 403);
    return serveBlob(seen, response);
  });
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: `${cdn.url}/signed` }),
  );
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH, { method: 'HEAD' })).headers['content-length']).toBe('300000');
});

test.each<[string, OriginHandler, number]>([
  ['ignores Range', (_seen, response) => reply(response, 200, BLOB), 300_000],
  [
    'has an empty blob',
    (_seen, response) => reply(response, 416, '', { 'content-range': 'bytes */0' }),
    0,
  ],
])('a HEAD is answered if the upstream refuses it and %s', async (_name, onGet, size) => {
  await using origin = await startOrigin((seen, response) =>
    seen.method === 'HEAD' ? reply(response, 405) : onGet(seen, response),
  );
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH, { method: 'HEAD' })).headers['content-length']).toBe(String(size));
});
