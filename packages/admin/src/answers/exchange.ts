import type { Readable, Writable } from 'node:stream';

/** The streams of a verb, beside its input and output. */
export interface Exchange {
  /** The body of a verb with a `bodyType`. It closes early where the client leaves. */
  readonly body: Readable;
  /**
   * Begins the body of a verb with an `answerType`. A failure before that is answered as usual. A
   * later one cuts the connection.
   */
  readonly openBody: () => Writable;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}
