import { isUnchanged, readStamp, type Stamp } from '@registry-cache/runtime';
import { ImageGraph } from '../graph/image-graph.ts';
import { createParts, type Part } from './parts.ts';
import { Slices } from './slices.ts';

/**
 * How often every file is looked at, whatever the directories say. It finds a manifest whose data
 * alone was removed, and a tag that an engine or an operator wrote.
 */
const THOROUGH_EVERY_MS = 10_000;
/** Looking at every file takes one percent of the time at most. */
const THOROUGH_SHARE = 100;
/** A directory, its stamps and its place in the map of all. */
const BASE_BYTES = 4_000;

/** A repository with more content than the memory for all of them may hold. */
export class RepositoryTooLargeError extends Error {
  readonly code = 'REPOSITORY_TOO_LARGE';

  constructor(directory: string, capacityBytes: number) {
    super(
      `${directory}: its manifests and tags take more than ${capacityBytes} bytes of memory, which is all that there is for them`,
    );
    this.name = 'RepositoryTooLargeError';
  }
}

/** The graph of one repository, as new as the store. */
export class RepositoryIndex {
  readonly #root: string;
  readonly #directory: string;
  readonly #capacityBytes: number;
  #parts: readonly Part[];
  #stamps = new Map<Part, Stamp>();
  #graph = new ImageGraph();
  #running: Promise<void> | undefined;
  /** Counts the callers. */
  #asked = 0;
  /** The last caller before the newest refresh began. */
  #answered = 0;
  #thoroughAtMs = performance.now() + THOROUGH_EVERY_MS;
  #failure: { readonly error: RepositoryTooLargeError; readonly untilMs: number } | undefined;

  /** @param capacityBytes the most memory that the graph may take. */
  constructor(root: string, directory: string, capacityBytes: number) {
    this.#root = root;
    this.#directory = directory;
    this.#capacityBytes = capacityBytes;
    this.#parts = createParts(root, directory);
  }

  /** About the memory that the index takes, in bytes. */
  get sizeBytes(): number {
    return BASE_BYTES + this.#graph.sizeBytes;
  }

  /**
   * The graph with everything that was in the store when this was called. Callers at the same time
   * share one refresh, if it began after they called.
   * @throws RepositoryTooLargeError, or Error with the system's code.
   */
  async current(): Promise<ImageGraph> {
    this.#asked += 1;
    const asked = this.#asked;
    while (this.#answered < asked && !this.#isFresh()) {
      this.#running ??= this.#refresh().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
    return this.#graph;
  }

  #isFresh(): boolean {
    if (this.#running !== undefined || performance.now() >= this.#thoroughAtMs) return false;
    return this.#parts.every((part) =>
      isUnchanged(this.#stamps.get(part), readStamp(part.directories)),
    );
  }

  async #refresh(): Promise<void> {
    const startedAtMs = performance.now();
    if (this.#failure !== undefined && startedAtMs < this.#failure.untilMs) {
      throw this.#failure.error;
    }
    const asked = this.#asked;
    const isThorough = startedAtMs >= this.#thoroughAtMs;
    const slices = new Slices();
    const checkSize = () => this.#checkSize();
    for (const part of this.#parts) {
      // The stamp comes first: a change after it makes another stamp.
      const stamp = readStamp(part.directories);
      if (!isThorough && isUnchanged(this.#stamps.get(part), stamp)) continue;
      await part.refresh({ graph: this.#graph, slices, isThorough, checkSize });
      this.#stamps.set(part, stamp);
    }
    this.#answered = asked;
    if (!isThorough) return;
    const endedAtMs = performance.now();
    const restMs = Math.max(THOROUGH_EVERY_MS, (endedAtMs - startedAtMs) * THOROUGH_SHARE);
    this.#thoroughAtMs = endedAtMs + restMs;
  }

  #checkSize(): void {
    if (this.sizeBytes <= this.#capacityBytes) return;
    const error = new RepositoryTooLargeError(this.#directory, this.#capacityBytes);
    // Until then each request would read the whole repository for nothing.
    this.#failure = { error, untilMs: performance.now() + THOROUGH_EVERY_MS };
    this.#graph = new ImageGraph();
    this.#parts = createParts(this.#root, this.#directory);
    this.#stamps = new Map();
    throw error;
  }
}
