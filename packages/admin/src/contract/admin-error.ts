/** A request that gets an error: `{"errors":[{"code","message"}]}`. */
export class AdminError extends Error {
  readonly code: AdminErrorCode;
  readonly status: number;
  /** Of `METHOD`: the method that is accepted. */
  readonly allow: string | undefined;

  /** @param more `status` where it is not that of the code. */
  constructor(
    code: AdminErrorCode,
    message: string,
    more: { readonly allow?: string; readonly status?: number } = {},
  ) {
    super(message);
    this.name = 'AdminError';
    this.code = code;
    this.status = more.status ?? ADMIN_ERROR_STATUS[code];
    this.allow = more.allow;
  }
}

/** The codes, with their status. */
export const ADMIN_ERROR_STATUS = {
  /** The input is wrong. */
  INVALID: 400,
  /** A login is missing, or wrong. */
  UNAUTHORIZED: 401,
  /** The caller may not ask for this. */
  DENIED: 403,
  /** No such verb. */
  UNSUPPORTED: 404,
  /** The verb wants another method. */
  METHOD: 405,
  /** Too many wrong passwords came from this address. */
  TOOMANYREQUESTS: 429,
  /** A part of the cache is away; the same request may work later. */
  UNAVAILABLE: 503,
  /** A defect, which is in the log. */
  UNKNOWN: 500,
} as const;

export type AdminErrorCode = keyof typeof ADMIN_ERROR_STATUS;
