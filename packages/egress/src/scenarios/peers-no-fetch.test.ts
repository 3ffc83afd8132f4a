import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BLOB, DIGEST, PATH, serveBlob } from '../testing/blob-origin.ts';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { type PeerEdge, startOwner, startPeerEdge } from '../testing/peer-edge.ts';
import { RULE } from '../testing/signed-origin.ts';
import { LATEST, startTagOrigin, type TagOrigin, version } from '../testing/tag-origin.ts';

const HOUR = 3_600_000;
const REFUSAL = 'bob may not fetch (rule 3: „nein“)';
const NO_FETCH = { 'x-no-fetch': encodeURIComponent(REFUSAL) };
const ONE = version('one');
const BY_DIGEST = `/v2/a/manifests/${ONE.digest}`;
let dir: string;
let socket: string;
let upstream: TagOrigin;
let egress: EgressFixture[];
let nowMs: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peers-'));
  socket = join(dir, 'peers.sock');
  upstream = await startTagOrigin(ONE);
  nowMs = Date.now();
  egress = [];
});

afterEach(async () => {
  for (const one of egress) await one[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

type Options = NonNullable<Parameters<typeof startFixture>[1]>['options'];

async function startReplica(options: Options = {}): Promise<EgressFixture> {
  const deps = { now: () => nowMs };
  const all = { peers: { socket }, ...options };
  const replica = await startFixture(upstream.url, { deps, options: all });
  egress.push(replica);
  return replica;
}

/** The replica that is asked, and the owner of everything, behind an edge. */
async function startTwo(options: Options = {}) {
  const [asked, owner] = [await startReplica(options), await startReplica()];
  const edge = await startPeerEdge(socket);
  edge.owner = owner.socket;
  return { asked, owner, edge };
}

const pull = (replica: EgressFixture, path: string) => replica.ask(path, { over: 'socket' });

async function askHere(replica: EgressFixture, path: string, method = 'GET') {
  const { status, headers, body } = await replica.ask(path, {
    method,
    over: 'socket',
    headers: NO_FETCH,
  });
  return { status, cache: headers['x-cache'], repeat: headers['x-accel-expires'], body };
}

async function expectRefusal(replica: EgressFixture, path: string) {
  const { status, body } = await askHere(replica, path);
  expect(status).toBe(403);
  expect(JSON.parse(body).errors).toEqual([{ code: 'DENIED', message: REFUSAL, detail: null }]);
}

async function withEdge(edge: PeerEdge, work: () => Promise<void>) {
  await using _ = edge;
  await work();
}

it('a client that may not fetch gets the manifests that the owner has', async () => {
  const { asked, owner, edge } = await startTwo();
  await withEdge(edge, async () => {
    for (const path of [LATEST, BY_DIGEST]) await expectRefusal(asked, path);
    expect(upstream.asked()).toEqual([]);
    await pull(owner, LATEST);
    upstream.asked();
    for (const path of [LATEST, BY_DIGEST]) {
      const got = await askHere(asked, path);
      // Others may not be given it again, since they would get it from the upstream.
      expect(got).toEqual({ status: 200, cache: 'HIT', repeat: '0', body: ONE.body });
      expect((await askHere(asked, path, 'HEAD')).status).toBe(200);
    }
    // Nothing of it is kept: this replica still has to ask for others.
    edge.owner = undefined;
    await expectRefusal(asked, LATEST);
    expect(upstream.asked()).toEqual([]);
  });
});

it('it gets a tag that is too old as stale, and nobody takes it for confirmed', async () => {
  const { asked, owner, edge } = await startTwo();
  await withEdge(edge, async () => {
    await pull(owner, LATEST);
    upstream.asked();
    nowMs += HOUR * 2;
    expect(await askHere(asked, LATEST)).toMatchObject({ status: 200, cache: 'STALE' });
    expect(upstream.asked()).toEqual([]);
    await pull(asked, LATEST);
    expect(upstream.asked()).toEqual(['HEAD latest']);
  });
});

it('it gets nothing that others are fetching', async () => {
  const { asked, owner, edge } = await startTwo();
  await withEdge(edge, async () => {
    upstream.delayMs = 300;
    const other = pull(asked, LATEST);
    await expectRefusal(asked, LATEST);
    expect((await other).status).toBe(200);
    expect((await askHere(owner, LATEST)).status).toBe(200);
    expect(upstream.asked()).toEqual(['GET latest']);
  });
});

it('it gets no image of the owner that this replica has to check first', async () => {
  const { asked, owner, edge } = await startTwo({ trust: [RULE] });
  await withEdge(edge, async () => {
    await pull(owner, LATEST);
    upstream.asked();
    edge.keys.length = 0;
    for (const path of [LATEST, BY_DIGEST]) await expectRefusal(asked, path);
    expect([upstream.asked(), edge.keys]).toEqual([[], []]);
  });
});

it('it sees in lists what the asked replica has', async () => {
  const { asked, owner, edge } = await startTwo();
  await withEdge(edge, async () => {
    await pull(owner, LATEST);
    for (const path of ['/v2/a/tags/list', `/v2/a/referrers/${ONE.digest}`]) {
      await expectRefusal(asked, path);
    }
  });
});

it('a blob of the owner is checked, passed on and not stored', async () => {
  const asked = await startReplica();
  const seen: IncomingHttpHeaders[] = [];
  await using _ = await startOwner(socket, (request, response) => {
    const { headers, method = '', url = '' } = request;
    seen.push(headers);
    serveBlob({ method, url, headers } as never, response);
  });
  const ask = (headers = {}, method = 'GET') =>
    asked.ask(PATH, { method, headers: { ...NO_FETCH, ...headers } });
  const part = await ask({ range: 'bytes=0-4' });
  expect([part.status, part.body, part.headers['x-cache']]).toEqual([
    206,
    String(BLOB.subarray(0, 5)),
    'HIT',
  ]);
  const head = await ask({}, 'HEAD');
  expect([head.status, head.headers['content-length']]).toEqual([200, String(BLOB.length)]);
  for (let times = 0; times < 2; times += 1) expect((await ask()).body).toBe(String(BLOB));
  // It goes to the owner each time, as the caller that it is.
  expect(seen).toHaveLength(4);
  for (const headers of seen) {
    expect(headers[INTERNAL_HEADERS.noFetch.key]).toBe(NO_FETCH['x-no-fetch']);
    expect(headers[INTERNAL_HEADERS.ownerKey.key]).toBe(DIGEST);
  }
});

it('wrong bytes of the owner never come to their end, and are not asked for again', async () => {
  const asked = await startReplica();
  let count = 0;
  await using _ = await startOwner(socket, (_request, response) => {
    count += 1;
    response.end(Buffer.alloc(BLOB.length));
  });
  await expect(asked.ask(PATH, { headers: NO_FETCH })).rejects.toThrow();
  await expectRefusal(asked, PATH);
  expect(count).toBe(1);
});
