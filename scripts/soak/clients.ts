import { setTimeout as sleep } from 'node:timers/promises';
import { type Appliance, type HttpClient, pullTarget, type Target } from '@registry-cache/testbed';
import type { SoakImage } from './push-images.ts';

/** Real clients try again after a blob that broke, at least once. */
const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
/** So many images stay in use, and therefore stay in the store. */
const POPULAR = 6;

export interface Clients {
  /** While the upstream is away, clients pull only images that are stored for certain. */
  hotOnly: boolean;
  describe(): string;
  /** Pulls every popular image once, so that all of them are stored. */
  pullPopular(): Promise<void>;
  /** Pulls another image each time, and resolves with whether it could be pulled. */
  pullAnother(): Promise<boolean>;
  /** Ends the clients and returns every failed pull. */
  stop(): Promise<readonly string[]>;
}

/**
 * Starts so many clients of three kinds (kept HTTP/1.1, h2, new connections) that pull until `stop`.
 * Each asks the next of the appliances.
 */
export function startClients(
  appliances: readonly Appliance[],
  images: readonly SoakImage[],
  count: number,
): Clients {
  const failures: string[] = [];
  let pulls = 0;
  let retries = 0;
  let isStopped = false;
  const popular = images.slice(0, POPULAR);
  let coldest = POPULAR;
  let next = 0;

  const pullWithRetries = async (client: HttpClient, target: Target): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await pullTarget(client, target);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        retries += 1;
        await sleep(PAUSE_MS);
      }
    }
  };
  const pull = async (image: SoakImage, http2: boolean): Promise<void> => {
    next += 1;
    const appliance = appliances[next % appliances.length];
    if (appliance === undefined) throw new Error('there is no appliance');
    await using client = appliance.client({ http2 });
    for (const target of image) await pullWithRetries(client, target);
    pulls += 1;
  };
  const choose = (): SoakImage => {
    const pool = clients.hotOnly || Math.random() < 0.6 ? popular : images;
    return pool[Math.floor(Math.random() * pool.length)] ?? [];
  };
  const keepPulling = async (number: number): Promise<void> => {
    while (!isStopped) {
      const image = choose();
      await pull(image, number % 3 === 1).catch((error: Error) => {
        failures.push(`a pull: ${error.message}`);
      });
      await sleep(20);
    }
  };
  const clients: Clients = {
    hotOnly: false,
    describe: () => `${pulls} pulls, ${retries} retries, ${failures.length} failures`,
    async pullPopular() {
      for (const image of popular) await pull(image, false);
    },
    async pullAnother() {
      coldest = coldest + 1 < images.length ? coldest + 1 : POPULAR;
      return pull(images[coldest] ?? [], false).then(
        () => true,
        () => false,
      );
    },
    async stop() {
      isStopped = true;
      await ended;
      return failures;
    },
  };
  const ended = Promise.all(Array.from({ length: count }, (_, number) => keepPulling(number)));
  return clients;
}
