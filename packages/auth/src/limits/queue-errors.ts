export class QueueFullError extends Error {
  readonly code = 'AUTH_QUEUE_FULL';

  constructor() {
    super('too many credentials are waiting to be checked');
    this.name = 'QueueFullError';
  }
}

export class SourceLimitedError extends Error {
  readonly code = 'AUTH_SOURCE_LIMITED';

  constructor() {
    super('too many wrong passwords came from this address; try again in a moment');
    this.name = 'SourceLimitedError';
  }
}
