import { parseDescriptors } from '@registry-cache/domain';
import type { ImportTarget } from '@registry-cache/intake';
import type { ImportSource } from '../source.ts';
import { noteRotten, type RottenBlob } from './rotten.ts';
import { buildUnits, type ImportUnit, type ReadManifest } from './units.ts';

/** What an import would do. */
export interface ImportPlan {
  readonly repositories: number;
  /** The units that were used last come first. */
  readonly units: readonly PlannedUnit[];
  /** Of all units, every blob once. */
  readonly newBytes: number;
  /** Damaged manifests, with their repositories. */
  readonly rotten: readonly RottenBlob[];
  readonly blobs: ReadonlyMap<string, PlannedBlob>;
}

export interface PlannedUnit extends ImportUnit {
  /** Milliseconds since the epoch. */
  readonly usedAtMs: number;
}

export interface PlannedBlob {
  readonly sizeBytes: number;
  readonly usedAtMs: number;
  /** Whether the blob has to be taken from the source. */
  readonly isNew: boolean;
}

export interface PlanOptions {
  readonly source: ImportSource;
  readonly target: ImportTarget;
  readonly isWanted: (repository: string) => boolean;
  readonly signal: AbortSignal;
}

/** Reads links, manifests and sizes of a source. It reads no layer, and writes nothing. */
export async function readPlan(options: PlanOptions): Promise<ImportPlan> {
  const { source, isWanted, signal } = options;
  const blobs = new Map<string, PlannedBlob>();
  const rotten = new Map<string, RottenBlob>();
  const units: PlannedUnit[] = [];
  let repositories = 0;
  for await (const { name, manifests: digests, layers, tags } of source.repositories()) {
    if (!isWanted(name)) continue;
    repositories += 1;
    const manifests: ReadManifest[] = [];
    for (const digest of digests) {
      signal.throwIfAborted();
      // Its times come first, because reading may change them.
      if (!blobs.has(digest)) await addBlob(digest, blobs, options);
      const read = await readManifest(digest, options);
      if (read === 'rotten') noteRotten(rotten, digest, name);
      else if (read !== 'missing') manifests.push(read);
    }
    for (const unit of buildUnits(name, manifests, layers, tags)) {
      for (const digest of [...unit.blobs, ...unit.manifests]) {
        signal.throwIfAborted();
        if (!blobs.has(digest)) await addBlob(digest, blobs, options);
      }
      const usedAtMs = lastUse(unit, blobs);
      if (usedAtMs !== undefined) units.push({ ...unit, usedAtMs });
    }
  }
  const newBytes = [...blobs.values()].reduce(
    (sum, one) => sum + (one.isNew ? one.sizeBytes : 0),
    0,
  );
  units.sort((left, right) => right.usedAtMs - left.usedAtMs);
  return { repositories, units, newBytes, rotten: [...rotten.values()], blobs };
}

/** An earlier import, or one for another upstream, may have moved the manifest here. */
async function readManifest(
  digest: string,
  { source, target }: PlanOptions,
): Promise<ReadManifest | 'missing' | 'rotten'> {
  const found = await source.readManifest(digest);
  const bytes = typeof found === 'string' ? await target.readManifest(digest) : found;
  if (bytes === undefined) return found === 'rotten' ? 'rotten' : 'missing';
  const descriptors = parseDescriptors(bytes);
  const of = (isManifest: boolean) =>
    descriptors.filter((one) => one.isManifest === isManifest).map((one) => one.digest);
  return { digest, blobs: of(false), manifests: of(true) };
}

/** A stored blob of another size than the source's is damaged, and is replaced. */
async function addBlob(
  digest: string,
  blobs: Map<string, PlannedBlob>,
  { source, target }: PlanOptions,
): Promise<void> {
  const [there, hereBytes] = await Promise.all([source.findBlob(digest), target.blobSize(digest)]);
  if (there === undefined && hereBytes === undefined) return;
  const isNew = hereBytes === undefined || (there !== undefined && hereBytes !== there.sizeBytes);
  const sizeBytes = there?.sizeBytes ?? hereBytes ?? 0;
  blobs.set(digest, { sizeBytes, usedAtMs: there?.usedAtMs ?? 0, isNew });
}

/**
 * Undefined for a unit without any blob, neither there nor here. Manifests count only where there
 * is no layer: an earlier plan has read them.
 */
function lastUse(
  { blobs: layers, manifests }: ImportUnit,
  blobs: ReadonlyMap<string, PlannedBlob>,
): number | undefined {
  const timesOf = (digests: readonly string[]) =>
    digests.flatMap((digest) => blobs.get(digest)?.usedAtMs ?? []);
  const times = timesOf(layers).length > 0 ? timesOf(layers) : timesOf(manifests);
  return times.length === 0 ? undefined : times.reduce((last, time) => Math.max(last, time));
}
