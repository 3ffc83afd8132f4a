import type { AdminOptions } from '@registry-cache/domain';
import type { Audit, Logger } from '@registry-cache/runtime';
import type { Operator } from '../logins/operator.ts';

/** What the verbs work with. */
export interface AnswerDeps {
  readonly options: AdminOptions;
  /** The version of the cache. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly log: Logger;
  readonly audit: Pick<Audit, 'record'>;
  /** Who asks. */
  readonly operator: Operator;
}
