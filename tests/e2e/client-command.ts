import { type Appliance, runOrThrow } from '@registry-cache/testbed';

/** How one cache is called by its clients, and what it says of how they are set up. */
export interface ClientCommand {
  /** `cache.test:PORT`. */
  readonly address: string;
  /** Standard output of `registry-cache client` in the container. @throws when it fails. */
  readonly print: (...args: string[]) => Promise<string>;
}

/** Some clients mean plain HTTP by localhost, so the cache has a name, as its certificate does. */
export const CACHE_NAME = 'cache.test';
export const CACHE_HOSTS = { [CACHE_NAME]: '127.0.0.1' };

export function createClientCommand(appliance: Appliance): ClientCommand {
  const address = `${CACHE_NAME}:${new URL(appliance.url).port}`;
  const command = ['exec', appliance.id, 'registry-cache', 'client', `--address=${address}`];
  return { address, print: (...args) => runOrThrow('podman', [...command, ...args]) };
}
