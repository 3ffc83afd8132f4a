import { RegistryError } from '../../wire/errors/registry-error.ts';

/** The refusal of something that is not here, to a caller who may not fetch. */
export function notHere(refusal: string): RegistryError {
  return new RegistryError({ phase: 'access', code: 'DENIED', message: refusal });
}

/** Whether it is such a refusal. */
export function isNotHere(error: unknown): boolean {
  return error instanceof RegistryError && error.phase === 'access';
}
