/** The disk took no more bytes: it is full, read-only or broken, or space was not granted. */
export class SpoolError extends Error {
  readonly code = 'EGRESS_SPOOL';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'SpoolError';
  }
}
