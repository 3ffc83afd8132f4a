import type { Bundle, DebianSuite, Machine, Puller } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushImage } from '../stage.ts';
import {
  CACHE,
  type Cache,
  type ClientStage,
  openClientStage,
  type Registry,
  USER,
} from './client-stage.ts';
import {
  expectFailure,
  expectSuccess,
  untilAsked,
  untilSentFromStore,
  untilStored,
} from './proofs.ts';

/** One way in which one client uses the cache. */
export interface Way {
  /** Debian's release that the client is of. */
  readonly suite: DebianSuite;
  /** Whose images it pulls; default quay.io. */
  readonly registry?: Registry;
  /** Configures the client for the cache as an operator would, and starts what it needs. */
  setUp(machine: Machine, cache: Cache): Promise<Puller>;
  /** The image's name for this client; default begins with the cache's and the registry's. */
  readonly name?: (registry: string, repository: string) => string;
  /** What it logs in to; default the cache. */
  readonly loginTo?: string;
  /** What becomes of a registry that is not served; default the cache's own words are shown. */
  readonly unserved?: RegExp | 'from the origin';
  /** What is said where a login is asked for and there is none. */
  readonly refused?: RegExp;
}

const LAYER_SIZES = [300_000, 100_000];
const BLOBS = { kind: 'blob' } as const;
const NOT_FOUND = /not found|manifest unknown|MANIFEST_UNKNOWN/i;
const UNAUTHORIZED = /unauthorized|401|authentication required|basic credential not found/i;
const NOTHING_THERE = new RegExp(`${UNAUTHORIZED.source}|${NOT_FOUND.source}`, 'i');
const NOT_SERVED = /unserved\.test is not served here; served: docker\.io, quay\.io/;

/** What must hold for each way, on one stage for all of them. */
export function describeWays(ways: Readonly<Record<string, Way>>): void {
  let stage: ClientStage;
  beforeAll(async () => {
    stage = await openClientStage();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  describe.each(Object.entries(ways))('%s', (title, way) => {
    const { registry = 'quay.io', name = byPrefix } = way;
    const repository = `team/${title.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
    const image = name(registry, repository);
    let machine: Promise<Machine>;
    let client: Promise<Puller>;
    let pushed: Bundle;

    beforeAll(() => {
      machine = stage.machine(way.suite, stage.open);
      client = machine.then((it) => way.setUp(it, stage.open));
      // Each test says what is wrong with it: one that is skipped would not count as failed.
      client.catch(() => undefined);
    });
    afterAll(() => machine.then(({ stop }) => stop()).catch(() => undefined));

    it('pulls what is not here from upstream, once', async () => {
      const { registry: upstream, front } = stage.upstreams[registry];
      const plan = { seed: title, layerSizesBytes: LAYER_SIZES };
      pushed = await pushImage(upstream, repository, 'v1', plan);
      front.forget();
      stage.origin.forget();
      expectSuccess(await (await client).pull(image));
      expect(stage.origin.count()).toBe(0);
      const bytes = pushed.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
      expect(front.bytes(BLOBS)).toBe(bytes);
    });

    it('pulls it again with nothing from upstream, which is stopped', async () => {
      const { registry: upstream, front } = stage.upstreams[registry];
      await (await client).removeImages();
      await untilStored(stage.open, `/v2/${registry}/${repository}`, pushed);
      await upstream.stop();
      try {
        front.forget();
        stage.origin.forget();
        expectSuccess(await (await client).pull(image));
        expect(stage.origin.count()).toBe(0);
        expect(front.count(BLOBS)).toBe(0);
        expect(front.bytes()).toBe(0);
        await untilSentFromStore(stage.open, repository, pushed);
      } finally {
        await upstream.start();
        await untilAsked(stage.open, registry);
      }
    });

    it('says that an image is missing', async () => {
      expectFailure(await (await client).pull(name(registry, 'team/absent')), NOT_FOUND);
    });

    const { unserved = NOT_SERVED } = way;
    if (unserved === 'from the origin') {
      it('pulls from a registry that is not served itself', async () => {
        stage.origin.forget();
        expectSuccess(await (await client).pull(name('unserved.test', 'team/app')));
        expect(stage.origin.bytes({ kind: 'blob' })).toBeGreaterThan(0);
      });
    } else {
      it('says that a registry is not served', async () => {
        expectFailure(await (await client).pull(name('unserved.test', 'team/app')), unserved);
      });
    }

    it('pulls after a login where the cache asks for one, and not before', async () => {
      await using locked = await stage.machine(way.suite, stage.locked);
      const stranger = await way.setUp(locked, stage.locked);
      // Whoever has an origin to turn to may report what that says: it has no such image.
      const atOrigin = unserved === 'from the origin' ? NOTHING_THERE : UNAUTHORIZED;
      expectFailure(await stranger.pull(image), way.refused ?? atOrigin);
      expectSuccess(await stranger.login(way.loginTo ?? CACHE, USER));
      expectSuccess(await stranger.pull(image));
    });
  });
}

export function byPrefix(registry: string, repository: string): string {
  return `${CACHE}/${registry}/${repository}:v1`;
}
