/** Milliseconds since the epoch. */
export type Clock = () => number;

/** A client that pushes goes on with its manifest within this time after its last layer. */
const QUIET_MS = 30_000;
/** No push keeps a layer alive for longer without a manifest. */
const LONGEST_MS = 60 * 60_000;

/**
 * Blobs that a push in progress counts on: it was told that they are here, or has sent them, and its
 * manifest is still to come. A claim ends with that manifest, or when the pushes into the repository
 * have been quiet for half a minute.
 */
export class Claims {
  readonly #now: Clock;
  /** Claimed digests with their times, by repository. */
  readonly #claims = new Map<string, Map<string, number>>();
  readonly #lastPush = new Map<string, number>();

  constructor(now: Clock) {
    this.#now = now;
  }

  claim(repository: string, digest: string): void {
    const claims = this.#claims.get(repository) ?? new Map<string, number>();
    claims.set(digest, this.#now());
    this.#claims.set(repository, claims);
  }

  /** Bytes of a push into the repository have arrived. */
  touch(repository: string): void {
    this.#lastPush.set(repository, this.#now());
  }

  /** A manifest of the repository names the digests now. */
  settle(repository: string, digests: readonly string[]): void {
    const claims = this.#claims.get(repository);
    for (const digest of digests) claims?.delete(digest);
  }

  isClaimed(repository: string, digest: string): boolean {
    const at = this.#claims.get(repository)?.get(digest);
    return at !== undefined && this.#isAlive(repository, at);
  }

  /** Forgets what has ended, so that memory is bounded by the pushes of an hour. */
  forgetOld(): void {
    for (const [repository, claims] of this.#claims) {
      for (const [digest, at] of claims) {
        if (!this.#isAlive(repository, at)) claims.delete(digest);
      }
      if (claims.size === 0) this.#claims.delete(repository);
    }
    for (const [repository, at] of this.#lastPush) {
      if (this.#now() - at > QUIET_MS) this.#lastPush.delete(repository);
    }
  }

  #isAlive(repository: string, at: number): boolean {
    const now = this.#now();
    const last = Math.max(at, this.#lastPush.get(repository) ?? 0);
    return now - last <= QUIET_MS && now - at <= LONGEST_MS;
  }
}
