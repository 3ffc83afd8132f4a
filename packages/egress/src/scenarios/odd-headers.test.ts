import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { blobFile, splitDigest } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { ociError, reply, type Seen, startOrigin } from '../testing/origin.ts';
import { LATEST, version } from '../testing/tag-origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const HOUR = 3_600_000;
const ONE = version('one');
const TWO = version('two');
/** A layer like most: its own format is gzip, so it needs no Content-Encoding. */
const LAYER = gzipSync(Buffer.from('a layer '.repeat(10_000)));
const LAYER_DIGEST = digestOf(LAYER);
const LAYER_PATH = `/v2/team/app/blobs/${LAYER_DIGEST}`;

test.each<[string, (digest: string) => Record<string, string>]>([
  ['no digest', () => ({})],
  ['a digest without its algorithm', (digest) => digestHeader(splitDigest(digest).hex)],
  ['an empty digest', () => digestHeader('')],
  ['half a digest', (digest) => digestHeader(digest.slice(0, 40))],
])(
  'a tag whose answers have %s is hashed by the cache, and checked by GET',
  async (_what, headersOf) => {
    let latest = ONE;
    let now = Date.UTC(2030, 0, 1);
    await using origin = await startOrigin((_seen, response) =>
      reply(response, 200, latest.body, {
        'content-type': latest.type,
        ...headersOf(latest.digest),
      }),
    );
    await using egress = await startFixture(origin.url, { deps: { now: () => now } });
    const pull = async () => {
      const { status, headers, body } = await egress.ask(LATEST);
      return [status, headers['x-cache'], headers['docker-content-digest'], body];
    };
    expect(await pull()).toEqual([200, 'MISS', ONE.digest, ONE.body]);
    latest = TWO;
    expect(await pull()).toEqual([200, 'HIT', ONE.digest, ONE.body]);
    now += HOUR;
    expect(await pull()).toEqual([200, 'MISS', TWO.digest, TWO.body]);
    expect(origin.lines()).toEqual([`GET ${LATEST}`, `HEAD ${LATEST}`, `GET ${LATEST}`]);
  },
);

function digestHeader(value: string): Record<string, string> {
  return { 'docker-content-digest': value };
}

test.each(['x-gzip', 'gzip'])(
  'a layer with Content-Encoding: %s is passed on and stored unchanged',
  async (encoding) => {
    await using origin = await startOrigin((seen, response) =>
      serveLayer(seen, response, encoding),
    );
    await using egress = await startFixture(origin.url);
    const part = await egress.open(LAYER_PATH, { headers: { range: 'bytes=2-9' } });
    expect(part.statusCode).toBe(206);
    expect((await buffer(part)).equals(LAYER.subarray(2, 10))).toBe(true);
    for (const cache of ['MISS', 'HIT']) {
      const got = await egress.open(LAYER_PATH);
      expect([got.statusCode, got.headers['x-cache']]).toEqual([200, cache]);
      expect((await buffer(got)).equals(LAYER)).toBe(true);
      // A client that takes this for a transfer coding would hash the unpacked bytes.
      expect(got.headers).not.toHaveProperty('content-encoding');
      const file = blobFile(join(egress.dir, 'store'), LAYER_DIGEST);
      await expect.poll(() => isLayer(file)).toBe(true);
    }
  },
);

/** Marks all that it sends with a Content-Encoding, and serves Range. */
function serveLayer({ headers }: Seen, response: ServerResponse, encoding: string): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  const marked = { 'content-encoding': encoding };
  const range = { 'content-range': `bytes ${first}-${last}/${LAYER.length}` };
  if (first === undefined) reply(response, 200, LAYER, marked);
  else {
    const part = LAYER.subarray(Number(first), Number(last) + 1);
    reply(response, 206, part, { ...marked, ...range });
  }
}

async function isLayer(file: string): Promise<boolean> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes?.equals(LAYER) ?? false;
}

test('no request asks for a Content-Encoding', async () => {
  await using origin = await startOrigin((seen, response) =>
    seen.url.includes('/blobs/')
      ? serveLayer(seen, response, 'identity')
      : reply(response, 200, seen.url.includes('/tags/') ? '{"tags":[]}' : ONE.body),
  );
  await using egress = await startFixture(origin.url);
  await egress.ask(LATEST, { headers: { 'accept-encoding': 'gzip, br' } });
  await egress.ask(LAYER_PATH, { headers: { 'accept-encoding': 'gzip' } });
  await egress.ask('/v2/a/tags/list', { headers: { 'accept-encoding': 'gzip' } });
  const codings = origin.seen.map(({ headers }) => headers['accept-encoding']);
  expect(codings.length).toBeGreaterThanOrEqual(3);
  expect(new Set(codings)).toEqual(new Set(['identity']));
});

test.each<[string, (realm: string) => string | string[]]>([
  ['Bearer, then Basic', (realm) => `Bearer realm="${realm}",service="reg", Basic realm="web"`],
  ['both in lines of their own', (realm) => [`Bearer realm="${realm}"`, 'Basic realm="web"']],
  ['Basic, then Bearer', (realm) => ['Basic realm="web"', `Bearer realm="${realm}"`]],
  ['values without quotes', (realm) => `Bearer realm=${realm},service=reg,scope=repository:a:pull`],
  ['values without quotes and with spaces', (realm) => `Bearer realm=${realm} , service=reg`],
])('a token is fetched for a challenge with %s', async (_what, challengeOf) => {
  await using tokens = await startOrigin((_seen, response) =>
    reply(response, 200, '{"token":"good"}'),
  );
  await using origin = await startOrigin(({ headers }, response) => {
    if (headers.authorization === 'Bearer good') return reply(response, 200, '{"tags":[]}');
    response.setHeader('www-authenticate', challengeOf(`${tokens.url}/token`));
    reply(response, 401, ociError('UNAUTHORIZED', 'authentication required'));
  });
  await using egress = await startFixture(origin.url);
  await egress.setCredentials({ up: { kind: 'basic', username: 'user', password: 'hunter2' } });
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
  expect(origin.seen.map(({ headers }) => headers.authorization)).toEqual([
    undefined,
    'Bearer good',
  ]);
  expect(tokens.seen).toHaveLength(1);
});
