import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { Scheme } from './scheme.ts';
import { chooseScheme } from './scheme.ts';

/** If a registry has named no scheme at `/v2/`, it is not asked there again for this time. */
const REST_MS = 600_000;

/**
 * The scheme that a registry names at `/v2/`. Some registries challenge only there, and answer a
 * bare request for content with 403 or 404.
 * Source: OCI distribution specification 1.1, "Determining Support".
 */
export class Ping {
  readonly #ask: () => Promise<Reply>;
  readonly #now: () => number;
  #restsUntil = 0;

  constructor(ask: () => Promise<Reply>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Undefined if no challenge or no answer came. */
  async scheme(repository: string): Promise<Scheme | undefined> {
    if (this.#now() < this.#restsUntil) return undefined;
    const reply = await this.#ask().catch(() => undefined);
    if (reply === undefined) return undefined;
    await discard(reply);
    const header = reply.headers['www-authenticate'];
    const scheme = reply.status === 401 ? chooseScheme(header, repository) : undefined;
    if (scheme === undefined) this.#restsUntil = this.#now() + REST_MS;
    return scheme;
  }
}
