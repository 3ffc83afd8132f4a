import { type EgressTimeouts, formatDuration } from '@registry-cache/domain';
import { GuardError } from './guard.ts';

export type FailurePhase = 'resolve' | 'connect' | 'tls' | 'guard' | 'proxy' | 'headers' | 'body';

/** A request without a whole answer. Names the host and the phase, and tells if a retry may help. */
export class TransportError extends Error {
  readonly code = 'EGRESS_TRANSPORT';
  readonly phase: FailurePhase;
  readonly timedOut: boolean;
  /** True if an immediate second attempt is cheap and may succeed. */
  readonly retryable: boolean;

  constructor(phase: FailurePhase, message: string, traits: FailureTraits = {}) {
    super(message, { cause: traits.cause });
    this.name = 'TransportError';
    this.phase = phase;
    this.timedOut = traits.timedOut ?? false;
    this.retryable = traits.retryable ?? false;
  }
}

interface FailureTraits {
  readonly cause?: unknown;
  readonly timedOut?: boolean;
  readonly retryable?: boolean;
}

export type PhaseTimeouts = EgressTimeouts;

/** Turns an error of undici, the resolver, TCP or TLS into a sentence with host and phase. */
export function toTransportError(
  cause: unknown,
  host: string,
  timeouts: PhaseTimeouts,
): TransportError {
  if (cause instanceof TransportError) return cause;
  if (cause instanceof GuardError) {
    return new TransportError('guard', `refused to follow: ${cause.message}`, { cause });
  }
  const { code, message } = describe(cause);
  const within = (ms: number) => `within ${formatDuration(ms)}`;
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return new TransportError(
        'connect',
        `no connection to ${host} ${within(timeouts.connectMs)}`,
        { cause, timedOut: true },
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return new TransportError('headers', `no answer from ${host} ${within(timeouts.headersMs)}`, {
        cause,
        timedOut: true,
      });
    case 'UND_ERR_BODY_TIMEOUT':
      return new TransportError('body', `${host} sent nothing more ${within(timeouts.idleMs)}`, {
        cause,
        timedOut: true,
      });
    case 'ETIMEOUT':
      return new TransportError('resolve', `no name server had an answer for ${host} in time`, {
        cause,
        timedOut: true,
      });
    case 'EGRESS_NAMES_BUSY':
      return new TransportError('resolve', message, { cause });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return new TransportError('resolve', `the name ${host} could not be resolved (${code})`, {
        cause,
        retryable: code === 'EAI_AGAIN',
      });
    case 'ECONNREFUSED':
      return new TransportError('connect', `${host} refused the connection`, {
        cause,
        retryable: true,
      });
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return new TransportError('connect', `no route to ${host} (${code})`, { cause });
    case 'UND_ERR_PRX_CONN':
    case 'UND_ERR_PRX_TLS':
      return new TransportError('proxy', `the outbound proxy for ${host} failed (${message})`, {
        cause,
      });
  }
  if (message.startsWith('Proxy ')) {
    return new TransportError('proxy', `the outbound proxy for ${host} failed (${message})`, {
      cause,
    });
  }
  if (code === 'ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED') {
    const reason = 'its TLS is too old: it lacks secure renegotiation (RFC 5746)';
    const advice = 'legacyTls: true in the policy of the upstream allows that';
    return new TransportError('tls', `TLS with ${host} failed: ${reason}; ${advice}`, { cause });
  }
  if (/CERT|SIGNATURE|^ERR_(?:TLS|SSL)|^EPROTO$/.test(code)) {
    return new TransportError('tls', `TLS with ${host} failed (${code})`, { cause });
  }
  return new TransportError('headers', `the connection to ${host} broke off (${code || message})`, {
    cause,
    retryable: true,
  });
}

/** The code and message of an error, or of the first inner one (happy eyeballs joins several). */
function describe(cause: unknown): { code: string; message: string } {
  const inner = cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause;
  if (!(inner instanceof Error)) return { code: '', message: String(inner) };
  const code = (inner as NodeJS.ErrnoException).code;
  return { code: typeof code === 'string' ? code : '', message: inner.message };
}
