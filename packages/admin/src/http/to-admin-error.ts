import type { Logger } from '@registry-cache/runtime';
import { AdminError } from '../contract/admin-error.ts';

/** What keeps a file from being written, by the system's code. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the filesystem is read-only',
  EIO: 'the disk fails',
};

/** What a client is told of an error. The log has one that is not meant for clients. */
export function toAdminError(error: unknown, { log }: { readonly log: Logger }): AdminError {
  if (error instanceof AdminError) return error;
  log.error({ err: error }, 'request failed');
  const why = UNWRITABLE[(error as NodeJS.ErrnoException | null | undefined)?.code ?? ''];
  if (why !== undefined) {
    const message = `the cache cannot write a file: ${why}; its log names the file`;
    return new AdminError('UNAVAILABLE', message);
  }
  return new AdminError('UNKNOWN', 'an internal error; see the log of the cache');
}
