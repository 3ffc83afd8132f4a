import type { ErrorPhase } from '@registry-cache/domain';
import { DigestMismatchError } from '../../wire/body/verify.ts';
import { badUpstreamReply, RegistryError } from '../../wire/errors/registry-error.ts';
import { TransportError } from '../../wire/transport/failure.ts';

/**
 * Turns any failure of a request into a RegistryError.
 * @param key the upstream's name in the message.
 * @param otherwise the phase of an error of no known class.
 */
export function toRegistryError(
  error: unknown,
  key: string,
  otherwise: ErrorPhase = 'internal',
): RegistryError {
  if (error instanceof RegistryError) return error;
  if (error instanceof DigestMismatchError) {
    return badUpstreamReply('digest', `${key} sent wrong bytes: ${error.message}`);
  }
  const isTransport = error instanceof TransportError;
  const message = error instanceof Error ? error.message : 'unknown failure';
  return new RegistryError({
    phase: isTransport ? error.phase : otherwise,
    ...(isTransport && error.timedOut && { status: 504 }),
    code: 'UNAVAILABLE',
    message: `${key} could not be asked: ${message}`,
    cause: error,
  });
}
