import { blobFile, layerLinkDir, revisionLinkDir } from '@registry-cache/domain';
import { isDamaged, removeBlobFile } from '../damage/remove-damaged.ts';
import type { Pace } from '../pace.ts';
import { type Problem, Problems } from '../problems.ts';
import { lstatQuietly } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';
import { measureStore } from '../scan/measure-store.ts';
import { walkRepositories } from '../scan/repositories.ts';

export interface VerifyProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly damaged: number;
}

export interface VerifyOptions {
  readonly root: string;
  readonly nowMs: number;
  readonly pace: Pace;
  /** Whether to remove damaged blobs, so that they are fetched anew. */
  readonly remove: boolean;
  readonly onProgress: (progress: VerifyProgress) => void;
}

export interface DamagedBlob {
  readonly digest: string;
  /** Size of the damaged file. */
  readonly sizeBytes: number;
  /** The repositories that name the blob, as `<upstream id>/<repository>`. */
  readonly namedBy: readonly string[];
  readonly isRemoved: boolean;
}

export interface VerifyReport {
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
  readonly problems: readonly Problem[];
}

/**
 * Reads every blob of the store and compares its bytes with its digest. It may run beside a serving
 * appliance: it skips blobs that are evicted meanwhile, and leaves access times alone.
 * @throws StoreMissingError if the store does not exist.
 */
export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const { root, nowMs, pace } = options;
  const problems = new Problems();
  const { table, totalBytes } = await measureStore(root, problems, pace, nowMs);
  const found = await findDamaged(options, table, totalBytes, problems);
  const namedBy = await findNames(root, found, problems, pace);
  const damaged = found.map((one) => ({ ...one, namedBy: namedBy.get(one.digest) ?? [] }));
  return { blobs: table.count, bytes: totalBytes, damaged, problems: problems.list() };
}

type Found = Omit<DamagedBlob, 'namedBy'>;

async function findDamaged(
  { root, pace, remove, onProgress }: VerifyOptions,
  table: BlobTable,
  totalBytes: number,
  problems: Problems,
): Promise<Found[]> {
  const found: Found[] = [];
  let doneBytes = 0;
  for (let row = 0; row < table.count; row += 1) {
    const digest = table.digestAt(row);
    const sizeBytes = table.sizesBytes[row] ?? 0;
    const isWrong = await isDamaged(blobFile(root, digest), digest, problems, pace);
    if (isWrong) {
      // Remove it at once. By the end of the run, egress may have fetched it anew.
      const isRemoved = remove && removeBlobFile(root, digest, problems) !== 'failed';
      found.push({ digest, sizeBytes, isRemoved });
    }
    doneBytes += sizeBytes;
    onProgress({ doneBytes, totalBytes, damaged: found.length });
  }
  return found;
}

/** The repositories that may serve these blobs, by digest. */
async function findNames(
  root: string,
  found: readonly Found[],
  problems: Problems,
  pace: Pace,
): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>(found.map(({ digest }) => [digest, []]));
  if (found.length === 0) return names;
  for (const { upstream, name, directory } of walkRepositories(root, problems)) {
    if (pace.due()) await pace.rest();
    for (const [digest, namedBy] of names) {
      const links = [layerLinkDir(directory, digest), revisionLinkDir(directory, digest)];
      const isNamed = links.some(
        (link) => typeof lstatQuietly(`${link}/link`, problems) === 'object',
      );
      if (isNamed) namedBy.push(`${upstream}/${name}`);
    }
  }
  return names;
}
