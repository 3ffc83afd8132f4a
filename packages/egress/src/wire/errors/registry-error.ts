import { ERROR_PHASES, type ErrorPhase, type OciErrorCode } from '@registry-cache/domain';

export interface RegistryErrorFields {
  readonly phase: ErrorPhase;
  /** Default: the status of the phase. */
  readonly status?: number;
  readonly code: OciErrorCode;
  /** One line that names the upstream. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A failed request as its client is told: a status, an OCI code and one line of text. */
export class RegistryError extends Error {
  readonly phase: ErrorPhase;
  readonly status: number;
  readonly code: OciErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ phase, status, code, message, headers = {}, cause }: RegistryErrorFields) {
    super(message, { cause });
    this.name = 'RegistryError';
    this.phase = phase;
    this.status = status ?? ERROR_PHASES[phase].status;
    this.code = code;
    this.headers = headers;
  }
}

/** The error for a reply that must not be passed on as good. */
export function badUpstreamReply(phase: ErrorPhase, message: string): RegistryError {
  return new RegistryError({ phase, status: 502, code: 'UNAVAILABLE', message });
}

/** The error for a query that no page has. */
export function badQuery(message: string): RegistryError {
  return new RegistryError({ phase: 'request', status: 400, code: 'UNSUPPORTED', message });
}

/** The status that the error has for a client: 502 for anything but a RegistryError. */
export function statusOf(error: unknown): number {
  return error instanceof RegistryError ? error.status : ERROR_PHASES.internal.status;
}

/** Phases after which another host, or the same one later, may still answer. */
const UNREACHABLE: ReadonlySet<ErrorPhase> = new Set([
  'circuit-open',
  ...(['resolve', 'connect', 'tls', 'proxy', 'guard', 'headers', 'body'] as const),
]);

/** Whether a host gave no answer, or is known to give none. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof RegistryError && UNREACHABLE.has(error.phase);
}
