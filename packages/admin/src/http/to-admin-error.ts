import type { Logger } from '@registry-cache/runtime';
import { AdminError } from '../contract/admin-error.ts';

/** Reasons why a file cannot be written, by the system's code. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the filesystem is read-only',
  EIO: 'the disk fails',
};

/** The error for a client. One that is not meant for clients goes to the log. */
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
