import { createBoundedMap } from '@registry-cache/runtime';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { AuthorizeDeps } from './authorize.ts';
import type { Logins } from './logins.ts';
import type { Party } from './party.ts';
import { Ping } from './ping.ts';
import { SchemeMemory } from './scheme-memory.ts';
import { TokenCache } from './token-cache.ts';
import type { SendToRealm } from './token-request.ts';

export interface PartiesDeps {
  readonly logins: Logins;
  readonly now: () => number;
  readonly partyAt: (url: URL, repository: string) => Party;
  /** Sends a request to the token service of a party. */
  readonly sendToRealm: (party: Party) => SendToRealm;
  /** A bare GET. */
  readonly ask: (url: URL) => Promise<Reply>;
}

/** An upstream may redirect to any number of registries. */
const CAPACITY = 20;

type Memory = Pick<AuthorizeDeps, 'memory' | 'ping'>;

/** Schemes and tokens by registry, for the client of one upstream: its own and those it leads to. */
export class Parties {
  readonly #deps: PartiesDeps;
  readonly #tokens: TokenCache;
  readonly #known = createBoundedMap<string, Memory>(CAPACITY);

  constructor(deps: PartiesDeps) {
    this.#deps = deps;
    this.#tokens = new TokenCache(deps.now);
  }

  depsFor(url: URL, repository: string): AuthorizeDeps {
    const { logins, partyAt, sendToRealm } = this.#deps;
    const party = partyAt(url, repository);
    const memory = this.#memoryOf(party);
    return { party, logins, tokens: this.#tokens, sendToRealm: sendToRealm(party), ...memory };
  }

  /** Two logins for one registry have separate memories. */
  #memoryOf({ origin, loginId }: Party): Memory {
    const { ask, now } = this.#deps;
    const key = JSON.stringify([origin, loginId]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = {
      memory: new SchemeMemory(),
      ping: new Ping(() => ask(joinUrl(origin, '/v2/')), now),
    };
    this.#known.set(key, made);
    return made;
  }
}
