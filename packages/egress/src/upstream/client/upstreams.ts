import { isDeepStrictEqual } from 'node:util';
import type { EgressOptions, EgressTimeouts, EgressUpstream } from '@registry-cache/domain';
import type { UpstreamClient } from './upstream-client.ts';

/** A client in use. The last `release` of a retired client closes its connections. */
export interface Lease {
  readonly upstream: EgressUpstream;
  readonly timeouts: EgressTimeouts;
  readonly client: UpstreamClient;
  /** Another lease of the same client, even if the upstream has changed meanwhile. */
  share(): Lease;
  release(): void;
}

interface Entry {
  readonly upstream: EgressUpstream;
  readonly timeouts: EgressTimeouts;
  readonly client: UpstreamClient;
  users: number;
  retired: boolean;
}

/**
 * The clients of all upstreams. A changed upstream gets a new client; a removed one loses its
 * client. Exchanges on the old client, resumes included, go on.
 */
export class Upstreams {
  readonly #entries = new Map<string, Entry>();
  readonly #create: (upstream: EgressUpstream, timeouts: EgressTimeouts) => UpstreamClient;

  constructor(create: (upstream: EgressUpstream, timeouts: EgressTimeouts) => UpstreamClient) {
    this.#create = create;
  }

  apply({ upstreams, timeouts }: Pick<EgressOptions, 'upstreams' | 'timeouts'>): void {
    const wanted = new Map(upstreams.map((upstream) => [upstream.id, upstream]));
    for (const [id, entry] of this.#entries) {
      const next = wanted.get(id);
      const same =
        isDeepStrictEqual(entry.upstream, next) &&
        isDeepStrictEqual(entry.timeouts, next?.timeouts ?? timeouts);
      if (same) wanted.delete(id);
      else this.#retire(id, entry);
    }
    for (const [id, upstream] of wanted) {
      const own = upstream.timeouts ?? timeouts;
      const client = this.#create(upstream, own);
      this.#entries.set(id, { upstream, timeouts: own, client, users: 0, retired: false });
    }
  }

  /**
   * The operator's upstream for a URL of a registry. Of several, the one with the longest namespace
   * that contains the repository.
   */
  at({ origin }: URL, repository: string): EgressUpstream | undefined {
    const all = [...this.#entries.values()].map(({ upstream }) => upstream);
    return all
      .filter(({ url, isGuarded }) => isGuarded !== true && new URL(url).origin === origin)
      .filter(({ key, repositoryPrefix = '' }) =>
        `${repository}/`.startsWith(
          `${repositoryPrefix === '' ? '' : `${repositoryPrefix}/`}${namespaceOf(key)}`,
        ),
      )
      .sort((one, other) => other.key.length - one.key.length)[0];
  }

  lease(id: string): Lease | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : leaseOf(entry);
  }

  #retire(id: string, entry: Entry): void {
    this.#entries.delete(id);
    entry.retired = true;
    closeIfUnused(entry);
  }
}

/** `org/` of `quay.io/org`, empty for a whole registry. */
function namespaceOf(key: string): string {
  const namespace = key.replace(/^[^/]*\/?/, '');
  return namespace === '' ? '' : `${namespace}/`;
}

function leaseOf(entry: Entry): Lease {
  entry.users += 1;
  let held = true;
  return {
    upstream: entry.upstream,
    timeouts: entry.timeouts,
    client: entry.client,
    share: () => leaseOf(entry),
    release: () => {
      if (!held) return;
      held = false;
      entry.users -= 1;
      closeIfUnused(entry);
    },
  };
}

function closeIfUnused(entry: Entry): void {
  // No caller waits until unused connections are closed.
  if (entry.retired && entry.users === 0) entry.client.close().catch(() => undefined);
}
