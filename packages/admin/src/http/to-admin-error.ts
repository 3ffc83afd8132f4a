import type { Logger } from '@registry-cache/runtime';
import { AdminError } from '../contract/admin-error.ts';

/** What keeps the store from being written, by the system's code. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk quota is used up',
  EROFS: 'its filesystem is read-only',
  EIO: 'its disk fails',
};

/** What a client is told of an error. The log has one that is not meant for clients. */
export function toAdminError(error: unknown, { log }: { readonly log: Logger }): AdminError {
  if (error instanceof AdminError) return error;
  log.error({ err: error }, 'request failed');
  const why = UNWRITABLE[(error as NodeJS.ErrnoException).code ?? ''];
  if (why !== undefined) {
    const message = `the store cannot be written: ${why}`;
    return new AdminError('UNAVAILABLE', message);
  }
  return new AdminError('UNKNOWN', 'an internal error; see the log of the cache');
}
