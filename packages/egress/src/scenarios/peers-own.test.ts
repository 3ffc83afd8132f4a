import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PATH, serveBlob } from '../testing/blob-origin.ts';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import {
  LARGE,
  LARGE_DIGEST,
  LARGE_PATH,
  type LargeBlobState,
  startLargeBlobOrigin,
} from '../testing/large-blob.ts';
import { type Origin, startOrigin } from '../testing/origin.ts';
import { type PeerEdge, startOwner, startPeerEdge } from '../testing/peer-edge.ts';

const OVER_SOCKET = { over: 'socket' } as const;
const FROM_PEER = { [INTERNAL_HEADERS.fromPeer.key]: '1' };
const WHOLE = String(LARGE);
let dir: string;
let upstream: Origin & { readonly state: LargeBlobState };
let edge: PeerEdge;
let owner: EgressFixture;
let other: EgressFixture;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peers-'));
  upstream = await startLargeBlobOrigin();
  edge = await startPeerEdge(join(dir, 'peers.sock'));
  const options = { peers: { socket: join(dir, 'peers.sock') } };
  owner = await startFixture(upstream.url, { options });
  other = await startFixture(upstream.url, { options });
  edge.owner = owner.socket;
});

afterEach(async () => {
  await owner[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** Bytes of blobs that egress has received, from upstreams and peers. */
async function receivedBytes(egress: EgressFixture): Promise<number> {
  const { body } = await egress.ask('/metrics', OVER_SOCKET);
  return Number(/^registry_cache_egress_fetched_bytes_total\{.*\} (\d+)$/m.exec(body)?.[1] ?? 0);
}

it('an owner receives its own blob once, and asks who the owner is once', async () => {
  expect((await owner.ask(LARGE_PATH, OVER_SOCKET)).body).toBe(WHOLE);
  expect(await receivedBytes(owner)).toBe(LARGE.length);
  expect(edge.keys).toEqual([LARGE_DIGEST]);
  const { body } = await owner.ask('/metrics', OVER_SOCKET);
  expect(body).toMatch(/peer_requests_total\{.*outcome="own"\} 1$/m);
});

it('a peer joins the fetch that a client of the owner began', async () => {
  upstream.state.gate = 1_000_000;
  const first = await owner.open(LARGE_PATH, OVER_SOCKET);
  const second = await other.open(LARGE_PATH, OVER_SOCKET);
  upstream.state.gate = Number.POSITIVE_INFINITY;
  expect(await Promise.all([text(first), text(second)])).toEqual([WHOLE, WHOLE]);
  expect(await receivedBytes(owner)).toBe(LARGE.length);
});

it('a client of the owner joins the fetch that a peer began, and asks no peer', async () => {
  upstream.state.gate = 1_000_000;
  const first = await other.open(LARGE_PATH, OVER_SOCKET);
  const second = await owner.open(LARGE_PATH, OVER_SOCKET);
  upstream.state.gate = Number.POSITIVE_INFINITY;
  expect(await Promise.all([text(first), text(second)])).toEqual([WHOLE, WHOLE]);
  expect(await receivedBytes(owner)).toBe(LARGE.length);
  expect(edge.keys).toEqual([LARGE_DIGEST]);
});

it('a fetch that a peer began while the owner looked for the owner serves both', async () => {
  const held = Promise.withResolvers<void>();
  edge.held = held.promise;
  const first = owner.ask(LARGE_PATH, OVER_SOCKET);
  await expect.poll(() => edge.keys).toEqual([LARGE_DIGEST]);
  upstream.state.gate = 1_000_000;
  const second = await owner.open(LARGE_PATH, { ...OVER_SOCKET, headers: FROM_PEER });
  held.resolve();
  upstream.state.gate = Number.POSITIVE_INFINITY;
  expect(await text(second)).toBe(WHOLE);
  expect((await first).body).toBe(WHOLE);
  expect(await receivedBytes(owner)).toBe(LARGE.length);
});

it('after the first answer an owner waits for no peer, whoever the owner is by then', async () => {
  upstream.state.gate = 1_000_000;
  const first = await owner.open(LARGE_PATH, OVER_SOCKET);
  edge.owner = undefined;
  edge.held = new Promise(() => undefined);
  upstream.state.gate = Number.POSITIVE_INFINITY;
  expect(await text(first)).toBe(WHOLE);
});

it('a body that breaks off at a peer goes on with the fetch that another peer began here', async () => {
  const breaking = Promise.withResolvers<void>();
  const socket = join(dir, 'former.sock');
  await using _ = await startOwner(socket, (_request, response) => {
    response.writeHead(200, { 'content-length': String(LARGE.length) });
    response.write(LARGE.subarray(0, 500_000));
    void breaking.promise.then(() => response.destroy());
  });
  edge.owner = socket;
  const first = await owner.open(LARGE_PATH, OVER_SOCKET);
  edge.owner = owner.socket;
  upstream.state.gate = 1_000_000;
  const second = await owner.open(LARGE_PATH, { ...OVER_SOCKET, headers: FROM_PEER });
  breaking.resolve();
  // Content that is stored by now comes from the hot lane, which is not here.
  const onBytes = (count: number) => {
    if (count > 500_000) upstream.state.gate = Number.POSITIVE_INFINITY;
  };
  expect(await Promise.all([readText(first, onBytes), text(second)])).toEqual([WHOLE, WHOLE]);
  expect(upstream.state.sentBytes).toBe(LARGE.length);
});

/** @param onBytes told how many bytes have come. */
async function readText(body: AsyncIterable<Buffer>, onBytes: (count: number) => void) {
  const parts: Buffer[] = [];
  let count = 0;
  for await (const part of body) {
    parts.push(part);
    count += part.length;
    onBytes(count);
  }
  return Buffer.concat(parts).toString();
}

it.each([
  ['of another egress', () => 'another', 'no-good-answer'],
  ['without an id', () => undefined, 'no-good-answer'],
  ['that a peer forges', (asker: string) => asker, 'own'],
])('an answer 421 %s leads to the upstream', async (_, echo, outcome) => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  const socket = join(dir, 'fake.sock');
  await using asked = await startFixture(origin.url, { options: { peers: { socket } } });
  await using _owner = await startOwner(socket, ({ headers }, response) => {
    const id = echo(String(headers[INTERNAL_HEADERS.asker.key]));
    response.writeHead(421, id === undefined ? {} : { [INTERNAL_HEADERS.asker.name]: id }).end();
  });
  expect((await asked.ask(PATH)).status).toBe(200);
  expect(origin.seen.filter(({ url }) => url === PATH)).toHaveLength(1);
  const { body } = await asked.ask('/metrics', OVER_SOCKET);
  expect(body).toContain(`outcome="${outcome}"} 1`);
});
