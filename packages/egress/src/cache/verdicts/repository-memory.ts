import { createBoundedMap } from '@registry-cache/runtime';

/** About so much is kept of all repositories together. The others are read again from their files. */
const CAPACITY_BYTES = 24 * 1024 * 1024;
/** A repository that is being read, and what an entry costs by itself. */
const LEAST_BYTES = 1_000;

/** What is known of a repository. */
export interface Sized {
  /** A guess at the memory that it takes. It grows and shrinks. */
  readonly sizeBytes: number;
}

interface Known<T> {
  readonly opening: Promise<T>;
  readonly sizeBytes: number;
}

export interface RepositoryMemoryDeps<T> {
  readonly read: (upstreamId: string, repository: string) => Promise<T>;
  readonly write: (upstreamId: string, repository: string, state: T) => Promise<void>;
  /** The state could not be written. It counts until egress ends. */
  readonly onNotKept: (error: unknown) => void;
}

/** What is known of the repositories that were used last, and the file of each. */
export class RepositoryMemory<T extends Sized> {
  readonly #deps: RepositoryMemoryDeps<T>;
  readonly #known = createBoundedMap<string, Known<T>>(
    CAPACITY_BYTES,
    ({ sizeBytes }) => sizeBytes,
  );
  readonly #writing = new Map<string, { readonly state: T; isBehind: boolean }>();

  constructor(deps: RepositoryMemoryDeps<T>) {
    this.#deps = deps;
  }

  /** @throws an error of the disk. */
  async open(upstreamId: string, repository: string): Promise<T> {
    const key = `${upstreamId} ${repository}`;
    const known = this.#known.get(key);
    const opening = known?.opening ?? this.#read(key, upstreamId, repository);
    if (known === undefined) this.#known.set(key, { opening, sizeBytes: LEAST_BYTES });
    try {
      const state = await opening;
      this.#weigh(key, opening, state);
      return state;
    } catch (error) {
      if (this.#known.get(key)?.opening === opening) this.#known.delete(key);
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

  /** Tells the map how large a state is by now. Others may have dropped it meanwhile. */
  #weigh(key: string, opening: Promise<T>, state: T): void {
    const known = this.#known.get(key);
    const sizeBytes = LEAST_BYTES + Math.min(state.sizeBytes, CAPACITY_BYTES - LEAST_BYTES);
    if (known?.opening !== opening || known.sizeBytes === sizeBytes) return;
    this.#known.set(key, { opening, sizeBytes });
  }

  /** What is still being written is newer than its file. */
  async #read(key: string, upstreamId: string, repository: string): Promise<T> {
    return this.#writing.get(key)?.state ?? this.#deps.read(upstreamId, repository);
  }
}
