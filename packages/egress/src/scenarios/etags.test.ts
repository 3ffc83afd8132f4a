import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_DIGEST, LARGE_PATH } from '../testing/large-blob.ts';
import { type Seen, startOrigin } from '../testing/origin.ts';

const stored = ({ dir }: EgressFixture) =>
  readFile(blobFile(join(dir, 'store'), LARGE_DIGEST)).catch(() => undefined);

function serve({ headers }: Seen, response: ServerResponse, content: Buffer, etag: string): void {
  const match = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  const first = Number(match?.[1] ?? 0);
  const last = Math.min(Number(match?.[2] || Number.POSITIVE_INFINITY), content.length - 1);
  response.writeHead(match === null ? 200 : 206, {
    etag,
    'content-length': String(last - first + 1),
    ...(match && { 'content-range': `bytes ${first}-${last}/${content.length}` }),
  });
  response.end(content.subarray(first, last + 1));
}

/** Each answer comes from another node. Each of `wrongParts` has one wrong byte. */
async function startNodes(wrongParts: (start: number) => boolean) {
  let count = 0;
  return startOrigin((seen, response) => {
    count += 1;
    const start = Number(/^bytes=(\d+)/.exec(seen.headers.range ?? '')?.[1] ?? -1);
    const content = Buffer.from(LARGE);
    if (start >= 0 && wrongParts(start)) content[start] = (content[start] ?? 0) ^ 0xff;
    serve(seen, response, content, `"node-${count % 2}"`);
  });
}

test('parts from nodes with different ETags make one blob', async () => {
  await using origin = await startNodes(() => false);
  await using egress = await startFixture(origin.url);
  expect((await buffer(await egress.open(LARGE_PATH))).equals(LARGE)).toBe(true);
  expect(origin.seen.length).toBeGreaterThan(2);
  await expect.poll(async () => (await stored(egress))?.equals(LARGE)).toBe(true);
});

test('parts that do not fit together are fetched once more in one piece', async () => {
  await using origin = await startNodes((start) => start > 0);
  await using egress = await startFixture(origin.url);
  await expect(egress.open(LARGE_PATH).then(buffer)).rejects.toThrow();
  // The second fetch needs no reader, and later requests join it.
  expect((await buffer(await egress.open(LARGE_PATH))).equals(LARGE)).toBe(true);
  await expect.poll(async () => (await stored(egress))?.equals(LARGE)).toBe(true);
  const whole = origin.seen.filter(({ headers }) => headers.range === undefined);
  expect(whole).toHaveLength(1);
});

test('wrong bytes of a single node are not fetched again', async () => {
  await using origin = await startOrigin((seen, response) => {
    const content = Buffer.from(LARGE);
    content[7_000_000] = 255;
    serve(seen, response, content, '"one"');
  });
  await using egress = await startFixture(origin.url);
  await expect(egress.open(LARGE_PATH).then(buffer)).rejects.toThrow();
  expect(origin.seen.filter(({ headers }) => headers.range === undefined)).toEqual([]);
});
