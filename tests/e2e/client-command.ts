import { type Appliance, runOrThrow } from '@registry-cache/testbed';

/** The address of one cache for its clients, and the set-up that it prints for them. */
export interface ClientCommand {
  /** `cache.test:PORT`. */
  readonly address: string;
  /** Standard output of `registry-cache client` in the container. @throws when it fails. */
  readonly print: (...args: string[]) => Promise<string>;
}

/** Some clients use plain HTTP for localhost, so the cache and its certificate have a name. */
export const CACHE_NAME = 'cache.test';
export const CACHE_HOSTS = { [CACHE_NAME]: '127.0.0.1' };

export function createClientCommand(appliance: Appliance): ClientCommand {
  const address = `${CACHE_NAME}:${new URL(appliance.url).port}`;
  const command = ['exec', appliance.id, 'registry-cache', 'client', `--address=${address}`];
  return { address, print: (...args) => runOrThrow('podman', [...command, ...args]) };
}
