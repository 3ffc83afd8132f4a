import { statfs } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type FreeSpace, freeInodes, freeSpaceBytes, INTERNAL_PATHS } from '@registry-cache/domain';
import type { Reservations, ReservedBlob } from './reservations.ts';

/** `unreachable`: the cleaner did not answer, and the disk's free space alone decided. */
export type ReservationOutcome = 'granted' | 'refused' | 'late' | 'unreachable';

export interface CleanerReservationsOptions {
  /** The cleaner's unix socket. */
  readonly socket: string;
  readonly storeRoot: string;
  /** The free space to leave when the cleaner cannot be reached. */
  readonly minFree: FreeSpace;
  /** How long a client waits: with a million blobs a run of the cleaner takes seconds. */
  readonly timeoutMs?: number;
  readonly onOutcome: (outcome: ReservationOutcome) => void;
}

const TIMEOUT_MS = 5_000;

/**
 * Reservations that the cleaner grants. While the cleaner restarts, the disk's space beyond its
 * minimum is granted: the store may pass its limit until the cleaner is back.
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

function pathOf(bytes: number, { grantedBytes, sizeBytes }: ReservedBlob): string {
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

/** True if the disk's free space is unknown: a failing write is then an error like any other. */
async function fitsOnDisk(root: string, bytes: number, minFree: FreeSpace): Promise<boolean> {
  const disk = await statfs(root).catch(() => undefined);
  if (disk === undefined) return true;
  const { blocks, bavail, bsize, files, ffree } = disk;
  // A filesystem without fixed inodes (btrfs) reports 0 of them.
  if (files > 0 && ffree < freeInodes(minFree, files)) return false;
  return bavail * bsize - bytes >= freeSpaceBytes(minFree, blocks * bsize);
}
