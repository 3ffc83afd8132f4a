import type { Ownership } from '../../upstream/client/upstream-request.ts';

/** Whether a fetch gets a blob that belongs to this replica. */
export class FetchOwnership<Fetch> {
  readonly #share: () => Fetch | undefined;
  #isOpened = false;
  #isKnown = false;
  #replacement: Fetch | undefined;

  /** @param share lets requests of peers join the fetch, or gives the one that they have joined. */
  constructor(share: () => Fetch | undefined) {
    this.#share = share;
  }

  /** The fetch that took the place of this one when it learned that this replica is the owner. */
  get replacement(): Fetch | undefined {
    return this.#replacement;
  }

  /** Called when the fetch may have readers. No other can take its place from then on. */
  noteOpened(): void {
    this.#isOpened = true;
  }

  /**
   * For the next request of the fetch. Once peers may join the fetch, it asks no peer, which could
   * wait for it. A body that a peer has begun goes on as a peer's, by the peer listener. `learn`
   * throws where there is a replacement.
   */
  next(): Ownership | undefined {
    if (this.#isOpened && !this.#isKnown) return undefined;
    return {
      isKnown: this.#isKnown,
      learn: () => {
        this.#replacement = this.#share();
        if (this.#replacement !== undefined) throw new Error('another fetch of the blob runs');
        this.#isKnown = true;
      },
    };
  }
}
