import { type FreeSpace, formatSize, freeSpaceBytes } from '@registry-cache/domain';
import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { type DiskState, readDisk, type WriteOutcome } from '../machine/read-disk.ts';

export interface DiskFacts extends DiskState {
  readonly root: string;
  readonly maxSizeBytes: number;
  readonly thresholdPercentage: number;
  readonly minFree: FreeSpace;
}

/** Less than that is nothing. */
const LEAST_BYTES = 1_048_576;

/** One fault of the disk often leads to the next, so the first one is told alone. */
export function findDiskFaults(facts: DiskFacts): Finding[] {
  const { root: subject, write, freeBytes, inodes, freeInodes } = facts;
  const split = facts.foreignFolders.map((folder) =>
    buildFinding('store-split', { subject: folder, found: `another filesystem than ${subject}` }),
  );
  if (facts.isReadOnly || isFailure(write, 'EROFS')) {
    return [buildFinding('store-read-only', { subject, found: 'a read-only mount' }), ...split];
  }
  if (inodes > 0 && freeInodes === 0) {
    const found = `0 of ${inodes} inodes free, and ${formatSize(freeBytes)}`;
    return [buildFinding('inodes-gone', { subject, found }), ...split];
  }
  if (freeBytes < LEAST_BYTES || isFailure(write, 'ENOSPC') || isFailure(write, 'EDQUOT')) {
    const found = `${formatSize(freeBytes)} of ${formatSize(facts.totalBytes)} free`;
    return [buildFinding('disk-full', { subject, found }), ...split];
  }
  if (typeof write === 'object') {
    const id = write.kind === 'link' ? 'store-no-links' : 'store-forbidden';
    return [buildFinding(id, { subject, found: write.code }), ...split];
  }
  return [...findSmallDisk(facts), ...split];
}

function isFailure(write: WriteOutcome, code: string): boolean {
  return typeof write === 'object' && write.code === code;
}

function findSmallDisk(facts: DiskFacts): Finding[] {
  const { maxSizeBytes, thresholdPercentage, totalBytes, freeBytes, storeBytes } = facts;
  const needed =
    maxSizeBytes * (1 + thresholdPercentage / 100) + freeSpaceBytes(facts.minFree, totalBytes);
  // Other files of the disk may also go, so without a measurement only its size counts.
  const room = storeBytes === undefined ? totalBytes : freeBytes + storeBytes;
  if (room >= needed) return [];
  const found = `room for ${formatSize(room)}`;
  const accepted = `room for ${formatSize(needed)}, by CLEANER_MAXSIZE, CLEANER_THRESHOLD_PERCENTAGE and CLEANER_MIN_FREE`;
  return [buildFinding('disk-small', { subject: facts.root, found, accepted })];
}

export async function checkDisk({ settings, run, wasRoot }: CheckContext): Promise<CheckOutcome> {
  if (settings === undefined) return INPUT_IS_BROKEN;
  const root = settings.REGISTRYDIR;
  const facts = await readDisk(root, run, { wasRoot });
  if (facts === undefined) {
    return tried('', [buildFinding('store-missing', { subject: root, found: 'no folder' })]);
  }
  const seen = `${formatSize(facts.freeBytes)} of ${formatSize(facts.totalBytes)} free`;
  const findings = findDiskFaults({
    ...facts,
    root,
    maxSizeBytes: settings.CLEANER_MAXSIZE,
    thresholdPercentage: settings.CLEANER_THRESHOLD_PERCENTAGE,
    minFree: settings.CLEANER_MIN_FREE,
  });
  return tried(seen, findings);
}
