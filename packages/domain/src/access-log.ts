/**
 * One line of the access log, as the edge writes it (templates/haproxy.cfg.hbs, `log-format`).
 * Fields that do not apply to a request are empty strings.
 */
export interface AccessRecord {
  /** When the request arrived, ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly client: string;
  readonly user: string;
  readonly method: string;
  /** Upstream id; empty where the request named no registry that is served. */
  readonly upstream: string;
  readonly repository: string;
  readonly kind: 'manifest' | 'blob' | 'tags' | 'referrers' | 'ping' | 'token' | 'tunnel' | 'other';
  /** As asked: a tag or a digest. */
  readonly reference: string;
  /** As answered (`Docker-Content-Digest`), else the digest that was asked for. */
  readonly digest: string;
  readonly status: number;
  /** Bytes sent to the client, headers included. */
  readonly bytes: number;
  /** Milliseconds from the request to the last byte of the answer. */
  readonly ms: number;
  readonly cache: 'HIT' | 'MISS' | 'STALE' | '';
  readonly agent: string;
  /** HAProxy's termination state; `----` is a complete exchange, `LR--` one that the edge answered. */
  readonly end: string;
  readonly path: string;
  readonly note: AccessNote | '';
}

/** What an operator should know of a request besides how it ended. */
export const ACCESS_NOTES = [
  /** The client's endpoint lacks /v2/, or has it behind the registry; it was understood. */
  'misplaced-endpoint',
  /** A docker without a login was refused: as a mirror's client it goes to Docker Hub then. */
  'docker-without-login',
  /** Its address had too many requests at once already. */
  'too-many-requests',
] as const;
export type AccessNote = (typeof ACCESS_NOTES)[number];
