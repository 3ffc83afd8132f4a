import { createBoundedMap } from '@registry-cache/runtime';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { AuthorizeDeps } from './authorize.ts';
import type { Logins } from './logins.ts';
import { Ping } from './ping.ts';
import type { Recipient } from './recipient.ts';
import { SchemeMemory } from './scheme-memory.ts';
import { TokenCache } from './token-cache.ts';
import type { SendToRealm } from './token-request.ts';

export interface RecipientsDeps {
  readonly logins: Logins;
  readonly now: () => number;
  readonly recipientAt: (url: URL, repository: string) => Recipient;
  /** Sends a request to the token service of a recipient. */
  readonly sendToRealm: (recipient: Recipient) => SendToRealm;
  /** A bare GET. */
  readonly ask: (url: URL) => Promise<Reply>;
}

/** An upstream may redirect to any number of registries. */
const CAPACITY = 20;

type Memory = Pick<AuthorizeDeps, 'memory' | 'ping'>;

/** Schemes and tokens by registry, for the client of one upstream: its own and those it leads to. */
export class Recipients {
  readonly #deps: RecipientsDeps;
  readonly #tokens: TokenCache;
  readonly #known = createBoundedMap<string, Memory>(CAPACITY);

  constructor(deps: RecipientsDeps) {
    this.#deps = deps;
    this.#tokens = new TokenCache(deps.now);
  }

  depsFor(url: URL, repository: string): AuthorizeDeps {
    const { logins, recipientAt, sendToRealm } = this.#deps;
    const recipient = recipientAt(url, repository);
    const memory = this.#memoryOf(recipient);
    return {
      recipient,
      logins,
      tokens: this.#tokens,
      sendToRealm: sendToRealm(recipient),
      ...memory,
    };
  }

  /** Two logins for one registry have separate memories. */
  #memoryOf({ origin, loginId }: Recipient): Memory {
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
