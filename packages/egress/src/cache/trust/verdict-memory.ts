import { createBoundedMap } from '@registry-cache/runtime';
import type { VerdictStore } from '../../store/verdicts.ts';
import { RepositoryVerdicts } from './repository-verdicts.ts';

const MAX_REPOSITORIES = 500;

interface MemoryDeps {
  readonly verdicts: VerdictStore;
  /** A verdict could not be written. It counts until egress ends. */
  readonly onNotKept: (error: unknown) => void;
}

/** The verdicts of the repositories that were used last, and their files. */
export class VerdictMemory {
  readonly #deps: MemoryDeps;
  readonly #known = createBoundedMap<string, Promise<RepositoryVerdicts>>(MAX_REPOSITORIES);
  readonly #writing = new Map<string, { isBehind: boolean }>();

  constructor(deps: MemoryDeps) {
    this.#deps = deps;
  }

  /** @throws an error of the disk. */
  async open(
    upstreamId: string,
    repository: string,
    generation: string,
  ): Promise<RepositoryVerdicts> {
    const key = `${upstreamId} ${repository}`;
    const opening = this.#known.get(key) ?? this.#read(upstreamId, repository);
    this.#known.set(key, opening);
    try {
      const verdicts = await opening;
      verdicts.useGeneration(generation);
      return verdicts;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** Writes the file soon. Changes while it is being written need one more write for all. */
  write(upstreamId: string, repository: string, verdicts: RepositoryVerdicts): void {
    const key = `${upstreamId} ${repository}`;
    const running = this.#writing.get(key);
    if (running !== undefined) {
      running.isBehind = true;
      return;
    }
    const state = { isBehind: false };
    this.#writing.set(key, state);
    void this.#deps.verdicts
      .write(upstreamId, repository, verdicts.kept)
      .catch(this.#deps.onNotKept)
      .finally(() => {
        this.#writing.delete(key);
        if (state.isBehind) this.write(upstreamId, repository, verdicts);
      });
  }

  async #read(upstreamId: string, repository: string): Promise<RepositoryVerdicts> {
    return new RepositoryVerdicts(await this.#deps.verdicts.read(upstreamId, repository));
  }
}
