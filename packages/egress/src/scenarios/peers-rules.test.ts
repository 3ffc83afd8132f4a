import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type EgressFixture,
  startFixture,
  TAG_RULES,
  upstreamAt,
} from '../testing/egress-fixture.ts';
import { type PeerEdge, startPeerEdge } from '../testing/peer-edge.ts';
import { RULE, type SignedOrigin, startSignedOrigin } from '../testing/signed-origin.ts';

const OVER_SOCKET = { over: 'socket' } as const;
const DAY = 86_400_000;
const AGED = { rules: [{ number: 1, images: ['**'], minimumAgeMs: 3 * DAY }], ca: '' };

type Options = NonNullable<Parameters<typeof startFixture>[1]>['options'];

let dir: string;
let origin: SignedOrigin;
let edge: PeerEdge;
const replicas: EgressFixture[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peers-'));
  origin = await startSignedOrigin();
  edge = await startPeerEdge(join(dir, 'peers.sock'));
});

afterEach(async () => {
  for (const one of replicas.splice(0)) await one[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** The replica that is asked, and the owner of everything, under the same rules. */
async function startTwo(rules: Options): Promise<readonly [EgressFixture, EgressFixture]> {
  const tags = { ...TAG_RULES, defaultMs: 1 };
  const upstreams = [upstreamAt(origin.url, { tags })];
  const options = { peers: { socket: join(dir, 'peers.sock') }, upstreams, ...rules };
  const asked = await startFixture(origin.url, { options });
  const owner = await startFixture(origin.url, { options });
  replicas.push(asked, owner);
  edge.owner = owner.socket;
  return [asked, owner];
}

const manifest = (reference: string) => `/v2/a/manifests/${reference}`;
const pull = async (replica: EgressFixture, path: string) => {
  const { status, headers } = await replica.ask(path, OVER_SOCKET);
  return [status, headers['docker-content-digest']];
};

it('an image that one replica refuses does not enter the other, nor itself', async () => {
  const [asked, owner] = await startTwo({ admission: AGED });
  const { digest } = origin.pushImage('one', 'latest');
  for (const replica of [asked, owner]) {
    for (const reference of ['latest', digest, 'latest', digest]) {
      expect(await pull(replica, manifest(reference))).toEqual([403, undefined]);
    }
  }
});

it('the last good image of a tag is served on while its owner is asked for a bad one', async () => {
  const [asked, owner] = await startTwo({ trust: [RULE] });
  const good = origin.pushImage('one', 'latest');
  origin.sign(good.digest);
  expect(await pull(owner, manifest('latest'))).toEqual([200, good.digest]);
  origin.pushImage('two', 'latest');
  expect(await pull(asked, manifest('latest'))).toEqual([403, undefined]);
  expect(await pull(owner, manifest('latest'))).toEqual([200, good.digest]);
});

it('layers of images under rules still come from their owner', async () => {
  const [asked, owner] = await startTwo({ trust: [RULE] });
  const { digest, layer } = origin.pushImage('one', 'latest');
  origin.sign(digest);
  expect(await pull(asked, manifest('latest'))).toEqual([200, digest]);
  expect((await asked.ask(`/v2/a/blobs/${layer}`, OVER_SOCKET)).body).toBe('layer of one');
  await expect.poll(() => existsSync(blobFile(join(owner.dir, 'store'), layer))).toBe(true);
});
