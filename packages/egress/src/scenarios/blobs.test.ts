import { expect, test } from 'vitest';
import { BLOB, DIGEST, ETAG, PATH, serveBlob } from '../testing/blob-origin.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { type OriginHandler, reply, startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

test('streams a blob with its digest as ETag', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(PATH);
  expect([got.status, got.body]).toEqual([200, BLOB.toString()]);
  expect(got.headers).toMatchObject({
    'content-length': '300000',
    'docker-content-digest': DIGEST,
    etag: `"${DIGEST}"`,
    'accept-ranges': 'bytes',
  });
});

test('passes a Range request on', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(PATH, { headers: { range: 'bytes=10-12' } });
  expect([got.status, got.body]).toEqual([206, BLOB.subarray(10, 13).toString()]);
  expect(got.headers['content-range']).toBe('bytes 10-12/300000');
});

test('the refusal of an unsatisfiable Range names the size of the blob', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 416, '', { 'content-range': 'bytes */300000' }),
  );
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(PATH, { headers: { range: 'bytes=400000-' } });
  expect([got.status, got.headers['content-range']]).toEqual([416, 'bytes */300000']);
});

test('If-None-Match with the digest gets 304', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  for (const method of ['GET', 'HEAD']) {
    const got = await egress.ask(PATH, { method, headers: { 'if-none-match': `W/"${DIGEST}"` } });
    expect([got.status, got.body]).toEqual([304, '']);
  }
});

/** Cuts each of the first answers at its byte, then serves to the end. */
function cutting(...cuts: number[]): OriginHandler {
  let count = 0;
  return (seen, response) => {
    const until = cuts[count] ?? BLOB.length;
    count += 1;
    serveBlob(seen, response, until);
  };
}

test.each([[[100_000]], [[1, 2, 299_999]], [[100_000, 100_000, 200_000]]])(
  'resumes a body cut at %j',
  async (cuts) => {
    await using origin = await startOrigin(cutting(...cuts));
    await using egress = await startFixture(origin.url);
    expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
    const [, second] = origin.seen;
    expect(second?.headers.range).toMatch(/^bytes=\d+-299999$/);
  },
);

test('resumes a part within the bounds of the part', async () => {
  await using origin = await startOrigin(cutting(150_000));
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(PATH, { headers: { range: 'bytes=100000-199999' } });
  expect(got.body).toBe(BLOB.subarray(100_000, 200_000).toString());
});

test('resumes a body later if the upstream asks for a pause', async () => {
  let count = 0;
  await using origin = await startOrigin((seen, response) => {
    count += 1;
    if (count === 2) reply(response, 429, '', { 'retry-after': '1' });
    else serveBlob(seen, response, count === 1 ? 100_000 : undefined);
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
  // The pause of a second was kept.
  expect(origin.seen).toHaveLength(3);
});

test('resumes a body that stalled', async () => {
  let first = true;
  await using origin = await startOrigin((seen, response) => {
    if (!first) return serveBlob(seen, response);
    first = false;
    response.writeHead(200, { etag: ETAG, 'content-length': '300000' });
    response.write(BLOB.subarray(0, 1000));
  });
  const timeouts = { connectMs: 1000, headersMs: 1000, blobHeadersMs: 1000, idleMs: 100 };
  await using egress = await startFixture(origin.url, { options: { timeouts } });
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
});

test.each<[string, OriginHandler]>([
  [
    'has become longer',
    (_seen, response) =>
      reply(response, 206, BLOB.subarray(100_000), {
        'content-range': 'bytes 100000-299999/300001',
      }),
  ],
  [
    'gives another part',
    (_seen, response) =>
      reply(response, 206, BLOB.subarray(5), { 'content-range': 'bytes 5-299999/300000' }),
  ],
  ['is gone', (_seen, response) => reply(response, 404)],
])('a cut body fails if the upstream %s at the resume', async (_name, next) => {
  let count = 0;
  await using origin = await startOrigin((seen, response) => {
    count += 1;
    return count === 1 ? serveBlob(seen, response, 100_000) : next(seen, response);
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH)).status).toBe(502);
  expect(origin.lines()).toHaveLength(2);
});

test('a cut body is resumed from a node with another ETag, since the digest is checked', async () => {
  let count = 0;
  await using origin = await startOrigin((seen, response) => {
    count += 1;
    serveBlob(seen, response, count === 1 ? 100_000 : undefined, `"node-${count}"`);
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
  expect(origin.seen).toHaveLength(2);
});

test('a cut body is fetched again without Range support, and the bytes already sent are skipped', async () => {
  let count = 0;
  await using origin = await startOrigin((_seen, response) => {
    count += 1;
    response.writeHead(200, { 'content-length': String(BLOB.length) });
    if (count === 3) response.end(BLOB);
    else response.write(BLOB.subarray(0, count * 100_000), () => response.socket?.end());
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
  expect(origin.seen).toHaveLength(3);
});

test('a body of wrong bytes never arrives whole', async () => {
  const wrong = Buffer.from(BLOB);
  wrong[299_999] = 0xff;
  await using origin = await startOrigin((_seen, response) => reply(response, 200, wrong));
  await using egress = await startFixture(origin.url);
  const told = await egress.ask(PATH);
  expect([told.status, told.body]).toEqual([
    502,
    expect.stringContaining('up.example.com sent wrong bytes'),
  ]);
});

test('a body without a length is checked as well', async () => {
  let body = BLOB;
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(200);
    response.end(body);
  });
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH)).body).toBe(BLOB.toString());
  const other = Buffer.from('other bytes');
  body = other.subarray(1);
  expect((await egress.ask(`/v2/a/blobs/${digestOf(other)}`)).status).toBe(502);
});

test('an empty body for a non-empty blob is an error', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200));
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(PATH)).status).toBe(502);
  expect((await egress.ask(`/v2/a/blobs/${digestOf(Buffer.alloc(0))}`)).status).toBe(200);
});

test('a running body survives the removal of its upstream', async () => {
  let go = () => undefined as undefined;
  await using origin = await startOrigin((seen, response) => {
    if (seen.headers.range !== undefined) return serveBlob(seen, response);
    response.writeHead(200, { etag: ETAG, 'content-length': '300000' });
    response.write(BLOB.subarray(0, 1000));
    go = () => void response.socket?.destroy();
  });
  await using egress = await startFixture(origin.url);
  const running = egress.ask(PATH);
  await expect.poll(() => origin.seen.length).toBe(1);
  await egress.setOptions({ upstreams: [] });
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(404);
  go();
  expect((await running).body).toBe(BLOB.toString());
});
