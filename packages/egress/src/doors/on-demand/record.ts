import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@registry-cache/runtime';

/** The JSON list of hosts that `config` follows. Egress is its only writer. */
export class HostRecord {
  readonly #file: string;
  readonly #maxHosts: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string, maxHosts: number) {
    this.#file = file;
    this.#maxHosts = maxHosts;
  }

  /** Resolves to whether the list holds the host now; false if the list is full. */
  add(host: string): Promise<boolean> {
    // One after the other, so that no call overwrites the host of another.
    const added = this.#last.then(() => this.#add(host));
    this.#last = added.catch(() => undefined);
    return added;
  }

  async #add(host: string): Promise<boolean> {
    const hosts = await readHosts(this.#file);
    if (hosts.includes(host)) return true;
    if (hosts.length >= this.#maxHosts) return false;
    await writeFileAtomic(this.#file, `${JSON.stringify([...hosts, host])}\n`);
    return true;
  }
}

/** The stored list. A missing or damaged list counts as empty, and is written anew. */
async function readHosts(file: string): Promise<readonly unknown[]> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
