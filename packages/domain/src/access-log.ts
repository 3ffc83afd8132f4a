import type { AuditWay } from './audit.ts';

/**
 * One line of the access log, as the edge writes it (templates/haproxy.cfg.hbs, `log-format`). A
 * field that does not apply to a request is an empty string.
 */
export interface AccessRecord {
  /** Arrival of the request, ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  /**
   * The id of the request, as the answer's header `X-Request-Id` has it. Empty for a request that
   * HAProxy could not read.
   */
  readonly id: string;
  /** Milliseconds from the request to the last byte of the response. */
  readonly ms: number;
  /**
   * Milliseconds from the head of the request to that of the response; -1 for a tunnel, and if
   * there was no response.
   */
  readonly firstByteMs: number;
  readonly client: string;
  readonly user: string;
  readonly method: string;
  /** Upstream id; empty if the request named no served registry. */
  readonly upstream: string;
  readonly repository: string;
  readonly kind: AccessKind;
  /** The tag or digest of the request. */
  readonly reference: string;
  /** The digest of the response (`Docker-Content-Digest`), else of the request. */
  readonly digest: string;
  readonly status: number;
  /** Bytes sent to the client, headers included. */
  readonly bytes: number;
  readonly cache: 'HIT' | 'MISS' | 'STALE' | '';
  readonly agent: string;
  /**
   * HAProxy's termination state: `----` for a complete exchange, `LR--` for a response of the edge
   * itself.
   */
  readonly end: string;
  readonly path: string;
  readonly note: AccessNote | '';
  /** How the request came in; empty for a tunnel of the proxy. */
  readonly way: Exclude<AuditWay, 'operator'> | '';
  /**
   * What the audit log shall tell of the request: `entered` (a manifest is here for the first time),
   * `pushed`, `deleted`, `login <user>` (a login that failed) or `refused <message>`. User and
   * message are percent-encoded.
   */
  readonly audit: string;
}

/** What a request was for. `upload` is a part of a push, `other` is every page beside the API. */
export const ACCESS_KINDS = [
  'manifest',
  'blob',
  'tags',
  'referrers',
  'upload',
  'catalog',
  'ping',
  'token',
  'tunnel',
  'other',
] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** Facts on a request that an operator should know, besides its outcome. */
export const ACCESS_NOTES = [
  /** The client's endpoint lacks /v2/, or has it after the registry; the request was served. */
  'misplaced-endpoint',
  /**
   * A docker without a login was refused. If the cache is its mirror, it goes to Docker Hub then.
   */
  'docker-without-login',
  /** The client's address had too many requests at once. */
  'too-many-requests',
] as const;
export type AccessNote = (typeof ACCESS_NOTES)[number];
