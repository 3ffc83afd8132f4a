/** A backup that cannot be written, or not be taken in. */
export class BackupError extends Error {
  readonly code = 'BACKUP';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
  }
}
