import { stat } from 'node:fs/promises';
import { createBoundedMap, hasDigest, SingleFlight } from '@registry-cache/runtime';

/** Few at a time: blobs are large, and pulls need the disk too. */
const AT_A_TIME = 2;
const CAPACITY = 10_000;

/**
 * Hashes stored files, a few at a time. Callers that ask for the same file at once share one
 * reading. A file that was right is not read again until it changes, so that wrong sizes in a
 * manifest cost one reading only.
 */
export class DamageChecks {
  readonly #running = new SingleFlight<boolean>();
  readonly #right = createBoundedMap<string, string>(CAPACITY);
  readonly #turns: (() => void)[] = [];
  #busy = 0;

  /**
   * Whether the bytes of a file match its digest.
   * @throws the error of the file system.
   */
  async isRight(file: string, digest: string): Promise<boolean> {
    const version = await versionOf(file);
    if (this.#right.get(digest) === version) return true;
    return this.#running.join(digest, async () => {
      const isRight = await this.#inTurn(() => hasDigest(file, digest));
      if (isRight) this.#right.set(digest, version);
      return isRight;
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= AT_A_TIME) await new Promise<void>((turn) => this.#turns.push(turn));
    else this.#busy += 1;
    try {
      return await work();
    } finally {
      // The next caller takes the place, or it becomes free.
      const next = this.#turns.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }
}

/** A text that changes with each write, and with each file that replaces another. */
async function versionOf(file: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}
