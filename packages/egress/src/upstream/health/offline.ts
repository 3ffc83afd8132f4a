import { AnswerError } from '../../wire/errors/registry-error.ts';
import type { Health } from './health.ts';

/** The health of an upstream that the operator has cut off: whatever would go out fails at once. */
export function offlineHealth(key: string): Health {
  return {
    isIll: true,
    isSuspect: true,
    admit() {
      throw new AnswerError({
        status: 503,
        code: 'UNAVAILABLE',
        phase: 'offline',
        message: `${key} is offline by order of the operator, and this is not in the cache`,
      });
    },
  };
}
