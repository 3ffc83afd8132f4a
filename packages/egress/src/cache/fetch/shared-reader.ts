import { TransportError } from '../../wire/transport/failure.ts';
import type { Handover, SharedBody } from './shared-body.ts';

/** Fetches a reader's bytes from `position` on, after the shared part has ended early. */
export type FetchRest = (handover: Handover, position: number) => AsyncIterable<Uint8Array>;

/**
 * One reader of a shared body, from `start` to before `end`, at its own pace. It keeps the body
 * readable from its construction on. So `return` must be called, as every `for await` does.
 */
export class SharedReader implements AsyncIterableIterator<Uint8Array> {
  readonly #body: SharedBody;
  readonly #end: number;
  readonly #fetchRest: FetchRest;
  /** The size that the reader's client was told. */
  readonly #toldBytes: number | undefined;
  #position: number;
  #rest: AsyncIterator<Uint8Array> | undefined;
  #hasLeft = false;

  constructor(body: SharedBody, start: number, end: number, fetchRest: FetchRest) {
    this.#body = body;
    this.#position = start;
    this.#end = end;
    this.#fetchRest = fetchRest;
    this.#toldBytes = body.sizeBytes;
    body.addReader();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const body = this.#body;
    while (this.#rest === undefined) {
      // The reader may also leave while this waits for more bytes.
      if (this.#hasLeft) return { done: true, value: undefined };
      this.#checkSize();
      const limit = Math.min(body.releasedBytes, this.#end);
      if (this.#position < limit) {
        const found = body.bytesAt(this.#position, limit - this.#position);
        const value = found instanceof Uint8Array ? found : await found;
        this.#position += value.length;
        return { done: false, value };
      }
      if (this.#position >= this.#end || this.#position === this.#wholeSize()) return this.return();
      if (body.failure !== undefined) throw body.failure;
      if (body.handover === undefined) await body.changed();
      else this.#rest = this.#fetchRest(body.handover, this.#position)[Symbol.asyncIterator]();
    }
    return this.#rest.next();
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#hasLeft) {
      this.#hasLeft = true;
      this.#body.removeReader();
      await this.#rest?.return?.();
    }
    return { done: true, value: undefined };
  }

  /**
   * A body that was wrong is fetched once more. Where the right one has another size, a client that
   * was told the wrong size would take the first bytes for the whole.
   * @throws TransportError
   */
  #checkSize(): void {
    const { sizeBytes } = this.#body;
    if (this.#toldBytes === undefined || sizeBytes === this.#toldBytes) return;
    throw new TransportError(
      'body',
      `the blob has ${sizeBytes ?? 'an unknown count of'} bytes, and the client was told ${this.#toldBytes}`,
    );
  }

  #wholeSize(): number | undefined {
    return this.#body.isVerified ? this.#body.sizeBytes : undefined;
  }
}
