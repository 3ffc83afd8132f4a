import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PATH, serveBlob } from '../../testing/blob-origin.ts';
import { startOwner } from '../../testing/peer-edge.ts';
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
