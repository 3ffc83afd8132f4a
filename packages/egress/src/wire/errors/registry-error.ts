import type { OciErrorCode } from '@registry-cache/domain';

/** An error as the caller is told it: a status, the OCI code and one line that names the upstream. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: OciErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  /** For metrics: `upstream-status`, a transport phase, `digest`, … */
  readonly phase: string;

  constructor(fields: {
    readonly status: number;
    readonly code: OciErrorCode;
    readonly message: string;
    readonly phase: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly cause?: unknown;
  }) {
    super(fields.message, { cause: fields.cause });
    this.name = 'RegistryError';
    this.status = fields.status;
    this.code = fields.code;
    this.phase = fields.phase;
    this.headers = fields.headers ?? {};
  }
}

/** The upstream answered, but with something that must not be passed on as good. */
export function badUpstreamReply(phase: string, message: string): RegistryError {
  return new RegistryError({ status: 502, code: 'UNAVAILABLE', phase, message });
}
