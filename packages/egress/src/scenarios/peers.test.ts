import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { basic, type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { ociError, reply, startOrigin } from '../testing/origin.ts';
import { type PeerEdge, startPeerEdge } from '../testing/peer-edge.ts';
import { LATEST, startTagOrigin, type TagOrigin, version } from '../testing/tag-origin.ts';

const HOUR = 3_600_000;
const TAGS = '/v2/a/tags/list';
const OVER_SOCKET = { over: 'socket' } as const;
const [ONE, TWO] = [version('one'), version('two')];
let dir: string;
let upstream: TagOrigin;
let edge: PeerEdge;
let asked: EgressFixture;
let other: EgressFixture;
let nowMs: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peers-'));
  upstream = await startTagOrigin(ONE);
  edge = await startPeerEdge(join(dir, 'peers.sock'));
  nowMs = Date.now();
  const deps = { now: () => nowMs };
  const options = { peers: { socket: join(dir, 'peers.sock') } };
  asked = await startFixture(upstream.url, { deps, options });
  other = await startFixture(upstream.url, { deps, options });
});

afterEach(async () => {
  await asked[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

it('asks the owner, which asks the upstream once for both', async () => {
  edge.owner = other.socket;
  const first = await asked.ask(LATEST, OVER_SOCKET);
  expect([first.status, first.body]).toEqual([200, ONE.body]);
  expect((await other.ask(LATEST, OVER_SOCKET)).body).toBe(ONE.body);
  expect((await asked.ask(LATEST, OVER_SOCKET)).body).toBe(ONE.body);
  expect(upstream.asked()).toEqual(['GET latest']);
  expect(edge.keys).toEqual(['up/a']);
});

it('answers its own question where it is the owner', async () => {
  edge.owner = asked.socket;
  expect((await asked.ask(LATEST, OVER_SOCKET)).body).toBe(ONE.body);
  expect(upstream.asked()).toEqual(['GET latest']);
});

it('two replicas that take each other for the owner do not wait for each other', async () => {
  // One edge for both: each request goes to the other egress than the one that asks.
  edge.owner = other.socket;
  upstream.delayMs = 300;
  const path = `/v2/a/manifests/${ONE.digest}`;
  const both = [asked.ask(path, OVER_SOCKET), other.ask(path, OVER_SOCKET)];
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
  expect(upstream.asked()).toEqual(['GET digest']);
});

it('asks the upstream where no replica answers', async () => {
  expect((await asked.ask(LATEST, OVER_SOCKET)).body).toBe(ONE.body);
  expect(upstream.asked()).toEqual(['GET latest']);
});

it('asks the upstream where the owner does not serve the registry', async () => {
  await other.setOptions({ upstreams: [upstreamAt(upstream.url, { id: 'another' })] });
  edge.owner = other.socket;
  expect((await asked.ask(LATEST, OVER_SOCKET)).body).toBe(ONE.body);
  expect(upstream.asked()).toEqual(['GET latest']);
});

it('takes the word of the owner for the word of the upstream', async () => {
  edge.owner = other.socket;
  upstream.latest = undefined;
  expect((await asked.ask(LATEST, OVER_SOCKET)).status).toBe(404);
  expect(upstream.asked()).toEqual(['GET latest']);
});

it.each([401, 403])(
  'asks with its own login where the one of the owner gets %i',
  async (status) => {
    const login = (password: string) =>
      ({ up: { kind: 'basic', username: 'user', password } }) as const;
    await using origin = await startOrigin(({ headers }, response) => {
      if (headers.authorization === basic('user', 'new')) reply(response, 200, '{"tags":[]}');
      else if (headers.authorization === undefined) {
        reply(response, 401, '', { 'www-authenticate': 'Basic realm="up"' });
      } else reply(response, status, ociError('DENIED', 'old login'));
    });
    const upstreams = [upstreamAt(origin.url)];
    for (const replica of [asked, other]) await replica.setOptions({ upstreams });
    await asked.setCredentials(login('new'));
    await other.setCredentials(login('old'));
    edge.owner = other.socket;
    expect((await other.ask(TAGS, OVER_SOCKET)).status).toBe(status);
    expect((await asked.ask(TAGS, OVER_SOCKET)).status).toBe(200);
    expect(edge.keys).toEqual(['up/a', 'up/a']);
    const { body } = await asked.ask('/metrics', OVER_SOCKET);
    expect(body).toContain('outcome="no-good-answer"} 1');
  },
);

it('counts the time of a tag from its confirmation by the upstream', async () => {
  edge.owner = other.socket;
  await other.ask(LATEST, OVER_SOCKET);
  nowMs += HOUR * 0.75;
  await asked.ask(LATEST, OVER_SOCKET);
  upstream.latest = TWO;
  nowMs += HOUR * 0.2;
  expect((await asked.ask(LATEST, OVER_SOCKET)).body).toBe(ONE.body);
  nowMs += HOUR * 0.1;
  expect((await asked.ask(LATEST, OVER_SOCKET)).body).toBe(TWO.body);
  expect((await other.ask(LATEST, OVER_SOCKET)).body).toBe(TWO.body);
  expect(upstream.asked()).toEqual(['GET latest', 'HEAD latest', 'GET digest']);
});

it('says that a tag is stale where the owner could not ask for it either', async () => {
  edge.owner = other.socket;
  await asked.ask(LATEST, OVER_SOCKET);
  nowMs += HOUR * 2;
  upstream.trouble = 503;
  const late = await asked.ask(LATEST, OVER_SOCKET);
  expect([late.body, late.headers['x-cache']]).toEqual([ONE.body, 'STALE']);
});

it('tells clients no age of a tag', async () => {
  await asked.ask(LATEST, OVER_SOCKET);
  expect((await asked.ask(LATEST, OVER_SOCKET)).headers).not.toHaveProperty('age');
});
