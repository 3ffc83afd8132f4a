import type { AdminOptions } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';

/** What the verbs work with. */
export interface AnswerDeps {
  readonly options: AdminOptions;
  /** The version of the cache. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly log: Logger;
}
