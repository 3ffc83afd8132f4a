import { existsSync } from 'node:fs';
import type { Pace } from '../pace.ts';
import type { Problems } from '../problems.ts';
import { type BlobScan, scanBlobs } from './scan-blobs.ts';
import { type InFlight, scanInFlight } from './scan-in-flight.ts';

export interface Usage extends BlobScan {
  readonly inFlight: readonly InFlight[];
  /** Bytes of blobs and of downloads in flight, most of which become blobs. */
  readonly usedBytes: number;
}

/** @throws StoreMissingError if the store does not exist. */
export async function measureStore(
  root: string,
  problems: Problems,
  pace: Pace,
  nowMs: number,
): Promise<Usage> {
  if (!existsSync(root)) throw new StoreMissingError(root);
  const blobs = await scanBlobs(root, problems, pace, nowMs);
  const inFlight = await scanInFlight(root, problems, pace, nowMs);
  const usedBytes = inFlight.reduce((sum, { sizeBytes }) => sum + sizeBytes, blobs.totalBytes);
  return { ...blobs, inFlight, usedBytes };
}

export class StoreMissingError extends Error {
  readonly code = 'STORE_MISSING';
  readonly hint = 'mount a folder there; the cleaner looks again at its next turn';

  constructor(root: string) {
    super(`the store ${root} does not exist`);
    this.name = 'StoreMissingError';
  }
}
