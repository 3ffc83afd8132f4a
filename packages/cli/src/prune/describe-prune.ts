import type { PruneAnswer } from '@registry-cache/admin';
import type { Preview, RunReport } from '@registry-cache/cleaner';

/** What a run has done, as `--json` and the admin API have it. */
export function describeRun(report: RunReport): PruneAnswer {
  const { usedBeforeBytes, usedAfterBytes, blobs, evictedBlobs, pinned } = report;
  const sizes = { usedBeforeBytes, usedAfterBytes };
  return { ...sizes, blobs, removedBlobs: evictedBlobs, pinnedBytes: pinned.bytes };
}

/** The admin worker reads 16 MiB of such an answer. */
const MOST_VICTIMS = 10_000;
const MOST_NAMES = 5;

/** The effect of a run, with the first ones of the blobs that would go. */
export function describePreview(preview: Preview): PruneAnswer {
  const { usedBytes, blobs, pinned, victims } = preview;
  const freedBytes = victims.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    ...{ usedBeforeBytes: usedBytes, usedAfterBytes: usedBytes - freedBytes },
    ...{ blobs: blobs - victims.length, removedBlobs: victims.length },
    pinnedBytes: pinned.bytes,
    victims: victims.slice(0, MOST_VICTIMS).map(({ digest, sizeBytes, lastAccessMs, namedBy }) => {
      const lastAccess = new Date(lastAccessMs).toISOString();
      return { digest, bytes: sizeBytes, lastAccess, namedBy: namedBy.slice(0, MOST_NAMES) };
    }),
  };
}
