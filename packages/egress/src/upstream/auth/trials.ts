import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { AuthorizeDeps } from './authorize.ts';
import { ANONYMOUS, type Login } from './login.ts';
import type { Logins } from './logins.ts';
import { Ping } from './ping.ts';
import type { Recipient } from './recipient.ts';
import { SchemeMemory } from './scheme-memory.ts';
import { TokenCache } from './token-cache.ts';
import type { SendToRealm } from './token-request.ts';

export interface TrialsDeps {
  /** Of the registry itself. */
  readonly origin: string;
  readonly now: () => number;
  readonly sendToRealm: (recipient: Recipient) => SendToRealm;
  /** A bare GET. */
  readonly ask: (url: URL) => Promise<Reply>;
}

/**
 * Tries logins of clients at one registry, and at the token service that it names. The schemes of
 * the registry are remembered. No login is, and no token: a right that was taken away, or a password
 * that was changed, must count with the next trial.
 */
export class Trials {
  readonly #deps: TrialsDeps;
  readonly #memory = new SchemeMemory();
  readonly #ping: Ping;

  constructor(deps: TrialsDeps) {
    this.#deps = deps;
    this.#ping = new Ping(() => deps.ask(joinUrl(deps.origin, '/v2/')), deps.now);
  }

  depsFor(login: Login): AuthorizeDeps {
    const { origin, now, sendToRealm } = this.#deps;
    // The operator's logins of token services are not for clients.
    const recipient: Recipient = { origin, loginId: 'client', realms: [] };
    return {
      recipient,
      logins: only(login),
      memory: this.#memory,
      ping: this.#ping,
      tokens: new TokenCache(now),
      sendToRealm: sendToRealm(recipient),
    };
  }
}

function only(login: Login): Logins {
  return {
    current: async () => login,
    ofRealm: async () => ANONYMOUS,
    refused: () => undefined,
    replace: async () => undefined,
  };
}
