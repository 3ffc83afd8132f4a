import { ACCESS_KINDS, type AccessKind, type AccessRecord } from './access-log.ts';

/** How an answer to a client ended. */
export const ANSWER_OUTCOMES = [
  /** From the cache: no upstream was asked for it. */
  'hit',
  /** An upstream was asked for it, also where one fetch served several clients. */
  'miss',
  /** From the cache, because the upstream could not be asked. */
  'stale',
  /** Good, and neither hit nor miss: a ping, a token, a push, a tunnel, a page of the set-up. */
  'answered',
  /** 404: it is neither here nor there. */
  'absent',
  /** 401 or 407: the client was asked for a login, or had a wrong one. */
  'challenged',
  /** 403 or 429: by a rule of the cache, by a limit, or by the upstream. */
  'refused',
  /** Any other 4xx: the request itself was wrong. */
  'invalid',
  /** 5xx: the upstream or a part of the cache failed. */
  'failed',
  /** The client left before there was an answer. */
  'left',
] as const;
export type AnswerOutcome = (typeof ANSWER_OUTCOMES)[number];

/**
 * Outcomes whose bytes count as saved: the bytes that clients got and no upstream sent. Saved bytes
 * are the bytes of these answers, as the edge counts them (headers included). Clients that share
 * one fetch are misses, so the true saving may be larger.
 */
export const SAVING_OUTCOMES: readonly AnswerOutcome[] = ['hit', 'stale'];

/** What metrics and the history count a request by. */
export interface AnswerClass {
  readonly outcome: AnswerOutcome;
  readonly kind: AccessKind;
  /**
   * The id of the upstream as the log has it. A client may have chosen
   * it, so metrics count it only where it is the id of a served upstream.
   */
  readonly upstream: string;
  /** What the rules for images decided: of access, of signatures and of admission. */
  readonly verdict: 'allowed' | 'refused' | undefined;
}

/** The fields of a record that decide its class. A line of another format may lack each of them. */
export type ClassifiedFields = Partial<
  Pick<AccessRecord, 'status' | 'cache' | 'kind' | 'upstream' | 'repository' | 'audit'>
>;

/**
 * Classifies one request of the access log. Metrics, history and page all count by this function,
 * so that they agree.
 */
export function classifyAnswer(record: ClassifiedFields): AnswerClass {
  const isRefusedByRule = String(record.audit ?? '').startsWith('refused ');
  const outcome = isRefusedByRule ? 'refused' : findOutcome(record);
  return {
    outcome,
    kind: ACCESS_KINDS.find((known) => known === record.kind) ?? 'other',
    upstream: typeof record.upstream === 'string' ? record.upstream : '',
    verdict: isRefusedByRule ? 'refused' : isAllowed(record, outcome) ? 'allowed' : undefined,
  };
}

const OUTCOME_OF_CACHE: ReadonlyMap<string | undefined, AnswerOutcome> = new Map([
  ['HIT', 'hit'],
  ['MISS', 'miss'],
  ['STALE', 'stale'],
]);
const OUTCOME_OF_STATUS: ReadonlyMap<number, AnswerOutcome> = new Map([
  [401, 'challenged'],
  [403, 'refused'],
  [404, 'absent'],
  [407, 'challenged'],
  [429, 'refused'],
]);

function findOutcome({ status, cache }: ClassifiedFields): AnswerOutcome {
  // HAProxy logs -1 where no answer was sent.
  if (typeof status !== 'number' || status < 100) return 'left';
  if (status >= 500) return 'failed';
  if (status >= 400) return OUTCOME_OF_STATUS.get(status) ?? 'invalid';
  return OUTCOME_OF_CACHE.get(cache) ?? 'answered';
}

/** Whether an image was asked for, and the rules let the request through. */
function isAllowed({ repository }: ClassifiedFields, outcome: AnswerOutcome): boolean {
  if (repository === undefined || repository === '') return false;
  return SAVING_OUTCOMES.includes(outcome) || LET_THROUGH.includes(outcome);
}

const LET_THROUGH: readonly AnswerOutcome[] = ['miss', 'answered', 'absent'];
