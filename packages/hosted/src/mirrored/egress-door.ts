import { parseOciMessage, SERVED_TYPES } from '@registry-cache/domain';
import { Pool } from 'undici';

/** Egress answers 503 after 23 seconds without a first byte, and its fetch goes on. */
const LATE_MS = 15_000;
const MOST_TRIES = 20;
/** Of an error that is read whole. */
const LONGEST_TEXT = 64 * 1024;

/** Asks egress about parts of pushed images, and to fetch what the store lacks. */
export class EgressDoor {
  readonly #pool: Pool;
  readonly #secret: string;

  /** @param secret - the boot secret. */
  constructor(socketPath: string, secret: string) {
    this.#pool = new Pool('http://egress', { socketPath, bodyTimeout: 10 * 60_000 });
    this.#secret = secret;
  }

  /** Brings a blob into the store. Returns why it could not; undefined where it is there now. */
  bringBlob(upstreamId: string, repository: string, digest: string): Promise<string | undefined> {
    return this.#bring(upstreamId, `/v2/${repository}/blobs/${digest}`);
  }

  /** The same for a manifest. */
  bringManifest(
    upstreamId: string,
    repository: string,
    digest: string,
  ): Promise<string | undefined> {
    return this.#bring(upstreamId, `/v2/${repository}/manifests/${digest}`);
  }

  /**
   * Whether egress would serve bytes of a blob, so that no check of signatures or admission refuses
   * it. It asks the registry for one that is not here. A HEAD would not do: of a layer that is here
   * egress answers it without those checks, since docker asks so for layers that it has uploaded.
   */
  async servesBlob(upstreamId: string, repository: string, digest: string): Promise<boolean> {
    const path = `/v2/${repository}/blobs/${digest}`;
    return (await this.#ask(upstreamId, path, 'bytes=0-0')) === undefined;
  }

  async #bring(upstreamId: string, path: string): Promise<string | undefined> {
    for (let tries = 1; ; tries += 1) {
      const sinceMs = Date.now();
      const failure = await this.#ask(upstreamId, path);
      const isLate = Date.now() - sinceMs > LATE_MS;
      if (failure === undefined || !isLate || tries === MOST_TRIES) return failure;
    }
  }

  /** Reads and drops the bytes, which egress keeps. Returns why there were none. */
  async #ask(upstreamId: string, path: string, range?: string): Promise<string | undefined> {
    const login = Buffer.from(`${upstreamId}:${this.#secret}`).toString('base64');
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path,
        headers: {
          authorization: `Basic ${login}`,
          accept: SERVED_TYPES.join(', '),
          ...(range !== undefined && { range }),
        },
      });
      const isServed = statusCode === 200 || statusCode === 206;
      let text = '';
      for await (const chunk of body) {
        if (!isServed && text.length < LONGEST_TEXT) text += String(chunk);
      }
      return isServed ? undefined : (parseOciMessage(Buffer.from(text)) ?? `status ${statusCode}`);
    } catch (error) {
      return (error as Error).message;
    }
  }
}
