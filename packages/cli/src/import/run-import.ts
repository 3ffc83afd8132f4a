import type { ImportTarget } from '@registry-cache/intake';
import type { ImportPlan, PlannedUnit } from './plan/read-plan.ts';
import { noteRotten, type RottenBlob } from './plan/rotten.ts';
import type { ImportSource } from './source.ts';

export interface RunOptions {
  readonly source: ImportSource;
  readonly target: ImportTarget;
  readonly plan: ImportPlan;
  /** The units to import, in this order. */
  readonly units: readonly PlannedUnit[];
  /** Asks for room in the store for one blob. */
  readonly reserve: (bytes: number) => Promise<boolean>;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly signal: AbortSignal;
}

export interface ImportProgress {
  readonly readBytes: number;
  readonly rotten: number;
}

export interface ImportResult {
  /** Repositories that something was imported for. */
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  /** Blobs that came into the store, manifests included. */
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs that the store had already. */
  readonly storedBefore: number;
  /** Tags that stay as they are here. */
  readonly tagsKept: number;
  readonly rotten: readonly RottenBlob[];
  /** Units that found no room after all, since clients filled the store meanwhile. */
  readonly crowdedOut: readonly PlannedUnit[];
  readonly isInterrupted: boolean;
}

/** Small blobs wait for the disk, one after another. Units do not depend on each other. */
const UNITS_AT_A_TIME = 4;

/**
 * Imports units, a few at a time: of each first the layers with their links, then its manifests,
 * each behind those that it names, then its tags. So whatever ends it, no image is visible in part.
 */
export async function runImport(options: RunOptions): Promise<ImportResult> {
  const run = new ImportRun(options);
  const units = options.units.values();
  const failures: unknown[] = [];
  const work = async () => {
    for (const unit of units) {
      // All workers end before the import does.
      if (failures.length > 0) return;
      await run.take(unit).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: UNITS_AT_A_TIME }, work));
  if (failures.length > 0 && !options.signal.aborted) throw failures[0];
  return run.result();
}

type Outcome = 'here' | 'missing' | 'rotten' | 'no-room';

class ImportRun {
  readonly #options: RunOptions;
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #rotten: Map<string, RottenBlob>;
  readonly #repositories = new Set<string>();
  readonly #manifests = new Set<string>();
  readonly #crowdedOut: PlannedUnit[] = [];
  readonly #counts = { tags: 0, blobs: 0, bytes: 0, storedBefore: 0, tagsKept: 0 };
  #readBytes = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#rotten = new Map(
      options.plan.rotten.map((one) => [
        one.digest,
        { ...one, repositories: [...one.repositories] },
      ]),
    );
  }

  async take(unit: PlannedUnit): Promise<void> {
    const { target, signal } = this.#options;
    const { repository } = unit;
    for (const digest of unit.blobs) {
      const outcome = await this.#takeBlob(digest, repository);
      if (outcome === 'no-room') return void this.#crowdedOut.push(unit);
      if (outcome !== 'here') continue;
      await target.linkLayer(repository, digest);
      this.#repositories.add(repository);
    }
    for (const digest of unit.manifests) {
      const outcome = await this.#takeBlob(digest, repository);
      if (outcome === 'no-room') return void this.#crowdedOut.push(unit);
      if (outcome !== 'here') continue;
      await target.linkManifest(repository, digest);
      this.#repositories.add(repository);
      this.#manifests.add(`${repository}@${digest}`);
    }
    for (const tag of unit.tags) {
      signal.throwIfAborted();
      // A manifest is linked only here, so one that is rotten or missing has no tag.
      if (!(await target.hasManifest(repository, tag.digest))) continue;
      this.#counts[(await target.writeTag(repository, tag)) ? 'tags' : 'tagsKept'] += 1;
    }
  }

  async #takeBlob(digest: string, repository: string): Promise<Outcome> {
    this.#options.signal.throwIfAborted();
    const taking = this.#outcomes.get(digest) ?? this.#takeNewBlob(digest);
    this.#outcomes.set(digest, taking);
    const outcome = await taking;
    if (outcome === 'rotten') noteRotten(this.#rotten, digest, repository);
    // Another unit asks again: the cleaner may have made room.
    if (outcome === 'no-room') this.#outcomes.delete(digest);
    return outcome;
  }

  async #takeNewBlob(digest: string): Promise<Outcome> {
    const { source, target, plan, reserve, signal } = this.#options;
    const planned = plan.blobs.get(digest);
    if (planned === undefined) return 'missing';
    // Egress may have fetched it since the plan was made, or the cleaner evicted it.
    const hereBytes = await target.blobSize(digest);
    if (hereBytes === planned.sizeBytes) {
      this.#counts.storedBefore += 1;
      return 'here';
    }
    if (!(await reserve(planned.sizeBytes))) return 'no-room';
    const taken = await source.takeBlob(digest, {
      temporaryFile: target.temporaryFile(),
      store: (file) => target.storeBlob(digest, file, planned.usedAtMs),
      onRead: (bytes) => this.#onRead(bytes),
      signal,
    });
    if (taken !== 'taken') return taken;
    this.#counts.blobs += 1;
    this.#counts.bytes += planned.sizeBytes;
    return 'here';
  }

  #onRead(bytes: number): void {
    this.#readBytes += bytes;
    this.#options.onProgress({ readBytes: this.#readBytes, rotten: this.#rotten.size });
  }

  result(): ImportResult {
    return {
      ...this.#counts,
      repositories: this.#repositories.size,
      manifests: this.#manifests.size,
      rotten: [...this.#rotten.values()],
      crowdedOut: this.#crowdedOut,
      isInterrupted: this.#options.signal.aborted,
    };
  }
}
