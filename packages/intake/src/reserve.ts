import { request } from 'node:http';
import { INTERNAL_PATHS } from '@registry-cache/domain';

/** With a million blobs, a run of the cleaner takes seconds. */
const TIMEOUT_MS = 30_000;

/**
 * Asks the cleaner whether so many bytes may come into the store. So a move counts at once, before
 * the cleaner measures the store again. `grantedBytes` of the same blob were granted before. True while no cleaner runs: the plan has found the room.
 */
export function reserve(
  socketPath: string,
  bytes: number,
  signal: AbortSignal,
  grantedBytes = 0,
): Promise<boolean> {
  const path = `${INTERNAL_PATHS.reservations.name}?bytes=${bytes}&granted=${grantedBytes}&size=${grantedBytes + bytes}`;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const failed = () => (signal.aborted ? reject(signal.reason) : resolve(!late.aborted));
    request(
      { socketPath, path, method: 'POST', signal: AbortSignal.any([signal, late]) },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode === 200));
      },
    )
      .on('error', failed)
      .end();
  });
}
