import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BLOB, PATH, serveBlob } from '../../testing/blob-origin.ts';
import { startOwner } from '../../testing/peer-edge.ts';
import { MOST_BLOB_BYTES } from './at-most.ts';
import { createPeers, type PeerOutcome, type Peers } from './peers.ts';

const TIMEOUTS = { connectMs: 2000, headersMs: 2000, blobHeadersMs: 2000, idleMs: 2000 };
const QUESTION = { id: 'up', key: 'up', timeouts: TIMEOUTS };
let dir: string;
let socket: string;
let outcomes: PeerOutcome[];
let peers: Peers;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peers-'));
  socket = join(dir, 'peers.sock');
  outcomes = [];
  peers = createPeers({
    egressId: 'this',
    socket,
    now: () => 0,
    onOutcome: (_, outcome) => outcomes.push(outcome),
    onBytes: () => undefined,
  });
});

afterEach(async () => {
  await peers.close();
  await rm(dir, { recursive: true });
});

const get = () => ({
  method: 'GET' as const,
  path: PATH,
  repository: 'team/app',
  headers: {},
  signal: new AbortController().signal,
});

it('a body that its reader closes before the end is no broken one', async () => {
  await using _ = await startOwner(socket, ({ method = '', url = '', headers }, response) => {
    serveBlob({ method, url, headers } as never, response);
  });
  for (let times = 1; times <= 3; times += 1) {
    const reply = await peers.ask(QUESTION, get());
    if (reply === undefined) throw new Error(`no peer was asked the time ${times}`);
    const { body } = reply;
    await new Promise((resolve) => body.once('close', resolve).destroy());
  }
  expect(outcomes).toEqual(['answered', 'answered', 'answered']);
});

/** Reads a body to its end, and gives how many bytes came. */
async function readAll(body: AsyncIterable<Uint8Array>) {
  let bytes = 0;
  try {
    for await (const chunk of body) bytes += chunk.length;
    return { bytes, failure: undefined };
  } catch (error) {
    return { bytes, failure: String(error) };
  }
}

it('a body without a length or an end is cut at the size that the manifest gives', async () => {
  await using _ = await startOwner(socket, (_request, response) => {
    const send = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', send);
    send();
  });
  const reply = await peers.ask(QUESTION, { ...get(), expectedBytes: 1_000_000 });
  if (reply === undefined) throw new Error('no peer was asked');
  const { bytes, failure } = await readAll(reply.body);
  expect(bytes).toBeLessThanOrEqual(1_000_000);
  expect(failure).toContain('more than the 1000000 bytes');
  // The rest comes from the upstream, and all of it from then on.
  expect(await peers.ask(QUESTION, get())).toBeUndefined();
  expect(outcomes).toEqual(['answered', 'wrong-bytes']);
});

it('the rest of a body is cut where the whole has to end', async () => {
  await using _ = await startOwner(socket, (_request, response) => {
    response.writeHead(206, { 'content-range': 'bytes 900-1999/*' });
    response.end(Buffer.alloc(1_100));
  });
  const headers = { range: 'bytes=900-' };
  const reply = await peers.ask(QUESTION, { ...get(), headers, expectedBytes: 1_000 });
  if (reply === undefined) throw new Error('no peer was asked');
  expect((await readAll(reply.body)).failure).toContain('more than the 100 bytes');
});

it('a body of unknown length that ends in time is whole', async () => {
  await using _ = await startOwner(socket, (_request, response) => {
    response.write(BLOB.subarray(0, 1_000));
    response.end(BLOB.subarray(1_000));
  });
  for (const expectedBytes of [BLOB.length, undefined]) {
    const reply = await peers.ask(QUESTION, { ...get(), expectedBytes });
    if (reply === undefined) throw new Error('no peer was asked');
    expect(await readAll(reply.body)).toEqual({ bytes: BLOB.length, failure: undefined });
  }
  expect(outcomes).toEqual(['answered', 'answered']);
});

it.each([
  ['than the manifest gives', 999, 1_000],
  ['than any blob has', undefined, MOST_BLOB_BYTES + 1],
])('a peer that announces more %s is not taken at its word', async (_, expectedBytes, length) => {
  await using _owner = await startOwner(socket, (_request, response) => {
    response.writeHead(200, { 'content-length': String(length) }).write('x');
  });
  expect(await peers.ask(QUESTION, { ...get(), expectedBytes })).toBeUndefined();
  expect(outcomes).toEqual(['no-good-answer']);
});
