import { diskSpace, planLimits, previewRun, readDisk } from '@registry-cache/cleaner';
import type { Settings } from '@registry-cache/config';
import { formatSize, InvalidInputError } from '@registry-cache/domain';

/** How much an import may bring. */
export interface Room {
  /** Bytes in the store that stay there. */
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** Bytes until the store's limit; of copies also until the disk's. */
  readonly bytes: number;
}

/**
 * Measures the store.
 * @param isPinning whether the import is pinned, so that all that is not pinned makes room for it.
 * @throws StoreMissingError if the store does not exist.
 */
export async function measureRoom(
  root: string,
  { CLEANER_MAXSIZE: maxBytes, CLEANER_MIN_FREE }: Settings,
  { isMoving = false, isPinning = false }: { isMoving?: boolean; isPinning?: boolean },
): Promise<Room> {
  const preview = await previewRun(root, planLimits(maxBytes, 0), Date.now());
  const usedBytes = isPinning ? preview.pinned.bytes : preview.usedBytes;
  const evictableBytes = preview.usedBytes - usedBytes;
  const read = await readDisk(root);
  const disk = read && diskSpace(read, CLEANER_MIN_FREE);
  const ofDisk =
    isMoving || disk === undefined
      ? Number.POSITIVE_INFINITY
      : disk.availableBytes - disk.minFreeBytes + evictableBytes;
  return { usedBytes, maxBytes, bytes: Math.max(0, Math.min(maxBytes - usedBytes, ofDisk)) };
}

/**
 * The cleaner would evict what passes the limit, the oldest first, and so undo the import.
 * @throws InvalidInputError where `newBytes` find no room.
 */
export function refuseWithoutRoom(
  { usedBytes, maxBytes, bytes }: Room,
  newBytes: number,
  otherwise = '--what-fits for the images that were used last',
): void {
  if (newBytes <= bytes) return;
  const isLimit = bytes === Math.max(0, maxBytes - usedBytes);
  const needed = Math.ceil((usedBytes + newBytes) / 2 ** 20);
  const found = isLimit
    ? `${formatSize(maxBytes)}, of which ${formatSize(usedBytes)} are used`
    : `room for ${formatSize(bytes)} on the disk`;
  const wanted = isLimit ? `${needed}M or more` : 'a larger disk';
  const accepted = `${wanted} for ${formatSize(newBytes)} to import, or ${otherwise}`;
  throw new InvalidInputError([
    { path: isLimit ? 'CLEANER_MAXSIZE' : 'the store', found, accepted },
  ]);
}
