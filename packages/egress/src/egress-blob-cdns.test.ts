import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startFixture } from './testing/egress-fixture.ts';
import { LARGE, LARGE_PATH, startLargeBlobOrigin } from './testing/large-blob.ts';
import { reply, startOrigin } from './testing/origin.ts';

/** A registry that redirects to a CDN whose signed URLs are good for so many requests. */
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

test('the parts of a blob are asked of the CDN that the first was redirected to', async () => {
  await using both = await startBoth(100);
  const { cdn, registry, egress } = both;
  expect((await buffer(await egress.open(LARGE_PATH))).equals(LARGE)).toBe(true);
  expect(registry.seen).toHaveLength(1);
  expect(cdn.seen.length).toBeGreaterThan(2);
  expect(cdn.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});

test('a signed URL whose time is over is asked for anew', async () => {
  await using both = await startBoth(1);
  const { cdn, registry, egress } = both;
  expect((await buffer(await egress.open(LARGE_PATH))).equals(LARGE)).toBe(true);
  expect(registry.seen.length).toBeGreaterThan(2);
  expect(cdn.state.sentBytes).toBe(LARGE.length);
});
