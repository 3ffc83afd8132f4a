import { statfs } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type FreeSpace, freeInodes, freeSpaceBytes, INTERNAL_PATHS } from '@registry-cache/domain';
import type { BlobSoFar, Reservations } from './reservations.ts';

/** `unreachable`: the cleaner could not be asked, and the disk alone decided. */
export type ReservationOutcome = 'granted' | 'refused' | 'late' | 'unreachable';

export interface CleanerReservationsOptions {
  /** Where the cleaner listens, a unix socket. */
  readonly socket: string;
  readonly storeRoot: string;
  /** For when the cleaner is not there. */
  readonly minFree: FreeSpace;
  /** A run of the cleaner takes seconds where there are a million blobs: so long a client waits. */
  readonly timeoutMs?: number;
  readonly onOutcome: (outcome: ReservationOutcome) => void;
}

const TIMEOUT_MS = 5_000;

/**
 * Room as the cleaner grants it. While it restarts, what the disk has beyond its minimum is room:
 * the store may then pass its limit, until the cleaner is back.
 */
export function createCleanerReservations(options: CleanerReservationsOptions): Reservations {
  const { socket, storeRoot, minFree, timeoutMs = TIMEOUT_MS, onOutcome } = options;
  const agent = new Agent({ keepAlive: true, timeout: 60_000 });
  return {
    async reserve(bytes, signal, blob = { grantedBytes: 0, sizeBytes: bytes }) {
      const late = AbortSignal.timeout(timeoutMs);
      try {
        const status = await post(
          socket,
          pathOf(bytes, blob),
          agent,
          AbortSignal.any([signal, late]),
        );
        onOutcome(status === 200 ? 'granted' : 'refused');
        return status === 200;
      } catch {
        if (signal.aborted) return false;
        onOutcome(late.aborted ? 'late' : 'unreachable');
        return !late.aborted && (await fitsOnDisk(storeRoot, bytes, minFree));
      }
    },
  };
}

function pathOf(bytes: number, { grantedBytes, sizeBytes }: BlobSoFar): string {
  const size = sizeBytes === undefined ? '' : `&size=${sizeBytes}`;
  return `${INTERNAL_PATHS.reservations.name}?bytes=${Math.ceil(bytes)}&granted=${grantedBytes}${size}`;
}

function post(
  socketPath: string,
  path: string,
  agent: Agent,
  signal: AbortSignal,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method: 'POST', agent, signal }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

/** A disk that cannot be asked is tried: a write that fails is an error like any other. */
async function fitsOnDisk(root: string, bytes: number, minFree: FreeSpace): Promise<boolean> {
  const disk = await statfs(root).catch(() => undefined);
  if (disk === undefined) return true;
  const { blocks, bavail, bsize, files, ffree } = disk;
  // A filesystem that makes inodes as it needs them (btrfs) says that it has 0.
  if (files > 0 && ffree < freeInodes(minFree, files)) return false;
  return bavail * bsize - bytes >= freeSpaceBytes(minFree, blocks * bsize);
}
