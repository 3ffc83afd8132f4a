import { asList, asObject, parseObject } from './json-object.ts';

/**
 * The error codes that a pull can meet, with their status. Source: OCI distribution specification
 * 1.1, "Error codes".
 */
export const OCI_ERROR_STATUS = {
  BLOB_UNKNOWN: 404,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  /** Not in the specification, but the distribution registry's own code for 5xx. */
  UNAVAILABLE: 503,
  UNKNOWN: 500,
} as const;

export type OciErrorCode = keyof typeof OCI_ERROR_STATUS;

/** The codes that only a push can meet. */
export type OciPushErrorCode =
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'SIZE_INVALID';

/** Formats the body of an error response: `{"errors":[{"code","message","detail"}]}`. */
export function formatOciError(
  code: OciErrorCode | OciPushErrorCode,
  message: string,
  detail?: unknown,
): string {
  return JSON.stringify({ errors: [{ code, message, detail: detail ?? null }] });
}

/** The message of the first error in such a body; undefined for a body without one. */
export function parseOciMessage(body: Uint8Array): string | undefined {
  const [first] = asList(parseObject(body).errors);
  const { message } = asObject(first);
  return typeof message === 'string' && message !== '' ? message : undefined;
}
