import { RegistryError } from '../../wire/errors/registry-error.ts';
import type { Health } from './health.ts';

/** The health of an upstream that the operator has cut off. All its requests fail at once. */
export function offlineHealth(key: string): Health {
  return {
    circuit: 'open',
    admit() {
      throw new RegistryError({
        phase: 'offline',
        code: 'UNAVAILABLE',
        message: `${key} is offline by order of the operator, and this is not in the cache`,
      });
    },
  };
}
