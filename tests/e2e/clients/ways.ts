import type { Bundle, DebianSuite, Machine, MachineClient } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pushImage } from '../stage.ts';
import {
  CACHE,
  type Cache,
  type ClientStage,
  openClientStage,
  type Registry,
  USER,
} from './client-stage.ts';
import { expectFailure, expectSuccess, untilSentFromStore, untilStored } from './proofs.ts';

/** One way in which one client uses the cache. */
export interface Way {
  /** The release of Debian that has the client. */
  readonly suite: DebianSuite;
  /** The registry whose images it pulls. Default quay.io. */
  readonly registry?: Registry;
  /** Configures the client for the cache as an operator would, and starts its daemon if any. */
  setUp(machine: Machine, cache: Cache): Promise<MachineClient>;
  /** The image's name for this client. By default it begins with the cache and the registry. */
  readonly name?: (registry: string, repository: string) => string;
  /** The host of its login. Default the cache. */
  readonly loginTo?: string;
  /** The result for a registry that is not served. Default the cache's own message. */
  readonly unserved?: RegExp | 'pulled directly';
  /** The message when a required login is missing. */
  readonly refused?: RegExp;
}

const LAYER_SIZES = [300_000, 100_000];
const BLOBS = { kind: 'blob' } as const;
const NOT_FOUND = /not found|manifest unknown|MANIFEST_UNKNOWN/i;
const UNAUTHORIZED = /unauthorized|401|authentication required|basic credential not found/i;
const NOTHING_THERE = new RegExp(`${UNAUTHORIZED.source}|${NOT_FOUND.source}`, 'i');
const NOT_SERVED = /unserved\.test is not served here; served: docker\.io, quay\.io/;

/** The tests of each way, on one stage for all of them. */
export function describeWays(ways: Readonly<Record<string, Way>>): void {
  let stage: ClientStage;
  const clients = Object.entries(ways).map(([title, way]) => new WayClient(title, way));
  const eachWay = describe.each(clients.map((it) => [it.title, it] as const));
  beforeAll(async () => {
    stage = await openClientStage();
  });
  afterAll(async () => {
    await Promise.all(clients.map((it) => it.stop()));
    await stage?.[Symbol.asyncDispose]();
  });

  describe('with upstreams that answer', () => {
    eachWay('%s', (_, it) => {
      beforeAll(() => {
        it.start(stage);
        // Daemons take seconds to start, so the next client starts during the tests of this one.
        clients[clients.indexOf(it) + 1]?.start(stage);
      });
      testPulls(it, () => stage);
    });
  });

  // The stop comes once for all ways: after one, the appliance pauses before it asks again.
  describe('with upstreams that are stopped', () => {
    beforeAll(async () => {
      for (const it of clients) await it.untilStored(stage);
      await Promise.all(Object.values(stage.upstreams).map(({ registry }) => registry.stop()));
    });

    eachWay('%s', (_, it) => testPullFromStore(it, () => stage));
  });
}

/** The machine of one way. It has the client, and keeps its images from test to test. */
class WayClient {
  readonly registry: Registry;
  readonly repository: string;
  pushed: Bundle | undefined;
  #machine: Promise<Machine> | undefined;
  #client: Promise<MachineClient> | undefined;
  #stranger: Promise<{ machine: Machine; client: MachineClient }> | undefined;

  readonly title: string;
  readonly way: Way;

  constructor(title: string, way: Way) {
    this.title = title;
    this.way = way;
    this.registry = way.registry ?? 'quay.io';
    this.repository = `team/${title.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
  }

  nameOf(registry: string, repository: string): string {
    return (this.way.name ?? byPrefix)(registry, repository);
  }

  get image(): string {
    return this.nameOf(this.registry, this.repository);
  }

  /** Starts the client, and after it a second one for the cache with a login. */
  start(stage: ClientStage): void {
    if (this.#client !== undefined) return;
    const { suite, setUp } = this.way;
    this.#machine = stage.machine(suite, stage.open);
    this.#client = this.#machine.then((machine) => setUp(machine, stage.open));
    // Each test reports the failure: a skipped test would not count as failed.
    const isTried = this.#client.catch(() => undefined);
    this.#stranger = isTried.then(() => openStranger(stage, this.way));
    this.#stranger.catch(() => undefined);
  }

  /** @throws where the machine or the client could not be set up. */
  async client(): Promise<MachineClient> {
    if (this.#client === undefined) throw new Error(`${this.title} was not started`);
    return this.#client;
  }

  /** The client without a login, for the cache that requires one. */
  async stranger(): Promise<MachineClient> {
    if (this.#stranger === undefined) throw new Error(`${this.title} was not started`);
    return (await this.#stranger).client;
  }

  async stopStranger(): Promise<void> {
    const stranger = this.#stranger;
    this.#stranger = undefined;
    await stranger?.then(({ machine }) => machine.stop()).catch(() => undefined);
  }

  /** Waits until the image of the first pull is stored, if there was a pull. */
  async untilStored({ open }: ClientStage): Promise<void> {
    if (this.pushed === undefined) return;
    await untilStored(open, `/v2/${this.registry}/${this.repository}`, this.pushed);
  }

  async stop(): Promise<void> {
    await this.stopStranger();
    await this.#machine?.then(({ stop }) => stop()).catch(() => undefined);
  }
}

async function openStranger({ machine: open, locked }: ClientStage, { suite, setUp }: Way) {
  const machine = await open(suite, locked);
  try {
    return { machine, client: await setUp(machine, locked) };
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

function testPulls(it: WayClient, stageOf: () => ClientStage): void {
  const { way, title, registry, repository, image } = it;

  test('pulls a cold image from the upstream, once', async () => {
    const { upstreams, directRegistry } = stageOf();
    const { registry: upstream, faultProxy } = upstreams[registry];
    const plan = { seed: title, layerSizesBytes: LAYER_SIZES };
    it.pushed = await pushImage(upstream, repository, 'v1', plan);
    faultProxy.forget();
    directRegistry.forget();
    expectSuccess(await (await it.client()).pull(image));
    expect(directRegistry.count()).toBe(0);
    const bytes = it.pushed.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
    expect(faultProxy.bytes(BLOBS)).toBe(bytes);
  });

  test('reports that an image is missing', async () => {
    expectFailure(await (await it.client()).pull(it.nameOf(registry, 'team/absent')), NOT_FOUND);
  });

  const { unserved = NOT_SERVED } = way;
  if (unserved === 'pulled directly') {
    test('pulls from a registry that is not served itself', async () => {
      const { directRegistry } = stageOf();
      directRegistry.forget();
      expectSuccess(await (await it.client()).pull(it.nameOf('unserved.test', 'team/app')));
      expect(directRegistry.bytes({ kind: 'blob' })).toBeGreaterThan(0);
    });
  } else {
    test('reports that a registry is not served', async () => {
      const answer = await (await it.client()).pull(it.nameOf('unserved.test', 'team/app'));
      expectFailure(answer, unserved);
    });
  }

  test('pulls after a login where the cache asks for one, and not before', async () => {
    const stranger = await it.stranger();
    // A client that can turn to the registry may report that registry's error: no such image.
    const expected = unserved === 'pulled directly' ? NOTHING_THERE : UNAUTHORIZED;
    expectFailure(await stranger.pull(image), way.refused ?? expected);
    expectSuccess(await stranger.login(way.loginTo ?? CACHE, USER));
    expectSuccess(await stranger.pull(image));
    await it.stopStranger();
  });
}

function testPullFromStore(it: WayClient, stageOf: () => ClientStage): void {
  const { registry, repository, image } = it;

  test('pulls its image again without the upstream', async () => {
    const { upstreams, directRegistry, open } = stageOf();
    const { faultProxy } = upstreams[registry];
    if (it.pushed === undefined) throw new Error('the image was not pushed');
    await (await it.client()).removeImages();
    faultProxy.forget();
    directRegistry.forget();
    expectSuccess(await (await it.client()).pull(image));
    expect(directRegistry.count()).toBe(0);
    expect(faultProxy.count(BLOBS)).toBe(0);
    expect(faultProxy.bytes()).toBe(0);
    await untilSentFromStore(open, repository, it.pushed);
  });
}

export function byPrefix(registry: string, repository: string): string {
  return `${CACHE}/${registry}/${repository}:v1`;
}
