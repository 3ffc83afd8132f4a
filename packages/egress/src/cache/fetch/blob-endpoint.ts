import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { UpstreamRequest } from '../../upstream/client/upstream-request.ts';
import { isUnreachable } from '../../wire/errors/registry-error.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { FetchOwnership } from './fetch-ownership.ts';

/** The statuses by which a CDN refuses a signed URL that has expired or was for another purpose. */
const USED_UP = new Set([400, 401, 403, 404, 410]);

type FindOwnership = Pick<FetchOwnership<unknown>, 'next'>;
type Client = Pick<UpstreamClient, 'fetch' | 'follow'>;
/** The path is the blob's at the upstream. */
type AskedBlob = Pick<UpstreamRequest, 'path' | 'repository' | 'expectedBytes'>;

/**
 * Asks for the parts of one blob. After a redirect to a CDN it asks the CDN for the next parts,
 * without Authorization, and not the upstream. It goes back to the upstream when the CDN refuses.
 */
export class BlobEndpoint {
  readonly #client: Client;
  readonly #blob: AskedBlob;
  readonly #signal: AbortSignal;
  readonly #ownership: FindOwnership;
  #target: URL | undefined;

  constructor(client: Client, blob: AskedBlob, signal: AbortSignal, ownership: FindOwnership) {
    this.#client = client;
    this.#blob = blob;
    this.#signal = signal;
    this.#ownership = ownership;
  }

  /**
   * Asks for a range, or for the whole blob. The reply may have any status.
   * @throws RegistryError as `fetch` of the client; an error where another fetch takes its place.
   */
  async ask(range: string | undefined): Promise<Reply> {
    const headers = {
      accept: '*/*',
      'accept-encoding': 'identity',
      ...(range === undefined ? {} : { range }),
    };
    const client = this.#client;
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
    const ownership = this.#ownership.next();
    const reply = await client.fetch({
      ...ask,
      ...this.#blob,
      ...(ownership !== undefined && { ownership }),
    });
    if (reply.redirected && (reply.status === 200 || reply.status === 206)) {
      this.#target = reply.url;
    }
    return reply;
  }
}
