import { stat } from 'node:fs/promises';
import { createBoundedMap, hasDigest, SingleFlight } from '@registry-cache/runtime';

/** Blobs are large, and pulls need the disk meanwhile. */
const AT_A_TIME = 2;
const CAPACITY = 10_000;

/**
 * Hashes files of the store, each once however many ask at the same time, and few at a time. A file
 * that was right is not read again as long as it is the same one: a registry or a manifest that
 * names wrong sizes costs one reading, and no more.
 */
export class DamageChecks {
  readonly #running = new SingleFlight<boolean>();
  readonly #right = createBoundedMap<string, string>(CAPACITY);
  readonly #turns: (() => void)[] = [];
  #busy = 0;

  /**
   * Whether a file has its digest. @throws as the file system does.
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
      // The place goes to the next one, or is free.
      const next = this.#turns.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }
}

/** Changes with every write, and with every file that takes the place of another. */
async function versionOf(file: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}
