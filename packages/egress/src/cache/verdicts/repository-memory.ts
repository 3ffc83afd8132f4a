import { createBoundedMap } from '@registry-cache/runtime';

const MAX_REPOSITORIES = 500;

export interface RepositoryMemoryDeps<T> {
  readonly read: (upstreamId: string, repository: string) => Promise<T>;
  readonly write: (upstreamId: string, repository: string, state: T) => Promise<void>;
  /** The state could not be written. It counts until egress ends. */
  readonly onNotKept: (error: unknown) => void;
}

/** What is known of the repositories that were used last, and the file of each. */
export class RepositoryMemory<T> {
  readonly #deps: RepositoryMemoryDeps<T>;
  readonly #known = createBoundedMap<string, Promise<T>>(MAX_REPOSITORIES);
  readonly #writing = new Map<string, { readonly state: T; isBehind: boolean }>();

  constructor(deps: RepositoryMemoryDeps<T>) {
    this.#deps = deps;
  }

  /** @throws an error of the disk. */
  async open(upstreamId: string, repository: string): Promise<T> {
    const key = `${upstreamId} ${repository}`;
    const opening = this.#known.get(key) ?? this.#read(key, upstreamId, repository);
    this.#known.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** Writes the file soon. Changes while it is being written need one more write for all. */
  write(upstreamId: string, repository: string, state: T): void {
    const key = `${upstreamId} ${repository}`;
    const running = this.#writing.get(key);
    if (running !== undefined) {
      running.isBehind = true;
      return;
    }
    const writing = { state, isBehind: false };
    this.#writing.set(key, writing);
    void this.#deps
      .write(upstreamId, repository, state)
      .catch(this.#deps.onNotKept)
      .finally(() => {
        this.#writing.delete(key);
        if (writing.isBehind) this.write(upstreamId, repository, state);
      });
  }

  /** What is still being written is newer than its file. */
  async #read(key: string, upstreamId: string, repository: string): Promise<T> {
    return this.#writing.get(key)?.state ?? this.#deps.read(upstreamId, repository);
  }
}
