import { isUnreachable } from '../../wire/errors/registry-error.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { UpstreamContext } from '../upstream-context.ts';

/** How a CDN says that the time of a signed URL is over, or that it was for another purpose. */
const USED_UP = new Set([400, 401, 403, 404, 410]);

/**
 * Where the parts of one blob are asked for. An upstream that redirected to a CDN is not asked
 * again for each part: the CDN is, without Authorization, for as long as it takes that.
 */
export class BlobEndpoint {
  readonly #context: UpstreamContext;
  readonly #path: string;
  readonly #repository: string;
  readonly #signal: AbortSignal;
  #target: URL | undefined;

  /** `path` is the blob's at the upstream. */
  constructor(context: UpstreamContext, path: string, repository: string, signal: AbortSignal) {
    this.#context = context;
    this.#path = path;
    this.#repository = repository;
    this.#signal = signal;
  }

  /**
   * Any status may come back.
   * @throws RegistryError as `fetch` of the client.
   */
  async ask(range: string | undefined): Promise<Reply> {
    const headers = {
      accept: '*/*',
      'accept-encoding': 'identity',
      ...(range === undefined ? {} : { range }),
    };
    const { client } = this.#context;
    const ask = { method: 'GET', headers, weight: 'large', signal: this.#signal } as const;
    if (this.#target !== undefined) {
      const reply = await client.follow(this.#target, ask).catch((error: unknown) => {
        // The upstream may lead to another host.
        if (isUnreachable(error)) return undefined;
        throw error;
      });
      if (reply !== undefined && !USED_UP.has(reply.status)) return reply;
      if (reply !== undefined) await discard(reply);
      this.#target = undefined;
    }
    const reply = await client.fetch({ ...ask, path: this.#path, repository: this.#repository });
    if (reply.redirected && (reply.status === 200 || reply.status === 206)) {
      this.#target = reply.url;
    }
    return reply;
  }
}
