/** The cache refuses a question, and says why. */
export class RefusalError extends Error {
  readonly code = 'REFUSAL';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The cache does not answer. */
export class AwayError extends Error {
  readonly code = 'AWAY';
}
