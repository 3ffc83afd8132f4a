import { type FailurePhase, TransportError } from '../../wire/transport/failure.ts';

/** Why a request got no answer. */
export interface ProbeFailure {
  readonly kind: 'failure';
  /** `credentials` where no request could be sent; `unknown` for an error of no known class. */
  readonly phase: FailurePhase | 'credentials' | 'unknown';
  readonly timedOut: boolean;
  /** The code of Node.js or OpenSSL, such as `ECONNREFUSED`; empty if there is none. */
  readonly code: string;
  /** One line, without secrets. */
  readonly message: string;
}

/** @param otherwise the phase of an error that is not one of the transport. */
export function toProbeFailure(
  error: unknown,
  otherwise: 'credentials' | 'unknown' = 'unknown',
): ProbeFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TransportError)) {
    return { kind: 'failure', phase: otherwise, timedOut: false, code: '', message };
  }
  const { phase, timedOut } = error;
  return { kind: 'failure', phase, timedOut, code: codeOf(error.cause), message };
}

/** Happy eyeballs joins the errors of several addresses. */
function codeOf(cause: unknown): string {
  const inner = cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause;
  const { code } = Object(inner) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
