import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { BLOB, PATH, serveBlob } from '../testing/blob-origin.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { reply, startOrigin } from '../testing/origin.ts';

/** A registry that redirects to a CDN. Each signed URL is good for a number of requests. */
async function startBoth(goodFor: number) {
  let signed = 0;
  const uses = new Map<string, number>();
  const cdn = await startLargeBlobOrigin(({ url }, response) => {
    const used = (uses.get(url) ?? 0) + 1;
    uses.set(url, used);
    if (used > goodFor) reply(response, 403, '<Error><Code>AccessDenied</Code></Error>');
    return used > goodFor;
  });
  const registry = await startOrigin((_seen, response) => {
    signed += 1;
    reply(response, 307, '', { location: `${cdn.url}/bytes?signature=${signed}` });
  });
  const egress = await startFixture(registry.url);
  const stop = async () => {
    for (const one of [egress, registry, cdn]) await one[Symbol.asyncDispose]();
  };
  return { cdn, registry, egress, [Symbol.asyncDispose]: stop };
}

test('the parts of a blob are fetched from the CDN that the first part came from', async () => {
  await using both = await startBoth(100);
  const { cdn, registry, egress } = both;
  expect((await buffer(await egress.open(LARGE_PATH))).equals(LARGE)).toBe(true);
  expect(registry.seen).toHaveLength(1);
  expect(cdn.seen.length).toBeGreaterThan(2);
  expect(cdn.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});

test('an expired signed URL is replaced by a new one', async () => {
  await using both = await startBoth(1);
  const { cdn, registry, egress } = both;
  expect((await buffer(await egress.open(LARGE_PATH))).equals(LARGE)).toBe(true);
  expect(registry.seen.length).toBeGreaterThan(2);
  expect(cdn.state.sentBytes).toBe(LARGE.length);
});

test.each([
  ['a layer', undefined, BLOB],
  ['a part of one', 'bytes=10000-289999', BLOB.subarray(10_000, 290_000)],
])('%s that breaks off is resumed by a new signed URL each time', async (_what, range, wanted) => {
  let signed = 0;
  const used = new Set<string>();
  const cuts = [100_000, 200_000];
  await using cdn = await startOrigin((seen, response) => {
    // A signature is good for one request, so it is too old for a resume.
    if (used.has(seen.url)) return reply(response, 403, '<Error><Code>AccessDenied</Code></Error>');
    used.add(seen.url);
    serveBlob(seen, response, cuts.shift());
  });
  await using registry = await startOrigin((_seen, response) => {
    signed += 1;
    reply(response, 307, '', { location: `${cdn.url}/bytes?signature=${signed}` });
  });
  await using egress = await startFixture(registry.url);
  const got = await egress.open(PATH, { headers: range === undefined ? {} : { range } });
  expect((await buffer(got)).equals(wanted)).toBe(true);
  expect([...used]).toEqual([1, 2, 3].map((count) => `/bytes?signature=${count}`));
});
