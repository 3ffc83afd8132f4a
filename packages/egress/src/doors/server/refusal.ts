import type { ErrorPhase } from '@registry-cache/domain';
import { RegistryError } from '../../wire/errors/registry-error.ts';

/** The OCI code of each status by which egress itself refuses a request. */
const CODES = {
  400: 'NAME_INVALID',
  401: 'UNAUTHORIZED',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  421: 'NAME_UNKNOWN',
  503: 'UNAVAILABLE',
} as const;

/** The error of a request that egress refuses by itself, without an error of the upstream. */
export function refusal(
  status: keyof typeof CODES,
  phase: ErrorPhase,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): RegistryError {
  return new RegistryError({ status, code: CODES[status], message, phase, headers });
}
