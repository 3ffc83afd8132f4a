/** What looks at a cache in operation: an open page, a scrape, a client that asks for the status. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '@registry-cache/testbed';

export interface WatchedPlaces {
  /** URL of ADMIN_LISTEN. */
  readonly adminUrl: string;
  /** URL of HEALTH_LISTEN. */
  readonly healthUrl: string;
}

/** What an open page asks, and how often: the overview and the list of images. */
const PAGE: readonly (readonly [path: string, everyMs: number])[] = [
  ['/api/v1/status', 3_000],
  ['/api/v1/fetches?limit=20', 3_000],
  ['/api/v1/trend?hours=24', 15_000],
  ['/api/v1/evictions?limit=20', 15_000],
  ['/api/v1/ls?limit=50', 15_000],
];
const STATUS_EVERY_MS = 1_000;
const SCRAPE_EVERY_MS = 5_000;

/** Looks at the cache until it is disposed of. An answer that is no success ends it with an error. */
export function startWatchers({ adminUrl, healthUrl }: WatchedPlaces): AsyncDisposable {
  const stop = new AbortController();
  const keepAsking = async (url: string, path: string, everyMs: number) => {
    await using client = createHttpClient({ url, trustAnyone: true });
    while (!stop.signal.aborted) {
      const { status } = await client.get(path);
      if (status !== 200) throw new Error(`${url}${path} answered ${status}; accepted: 200`);
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = Promise.all([
    ...PAGE.map(([path, everyMs]) => keepAsking(adminUrl, path, everyMs)),
    keepAsking(adminUrl, '/api/v1/status', STATUS_EVERY_MS),
    keepAsking(healthUrl, '/metrics', SCRAPE_EVERY_MS),
  ]);
  running.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
