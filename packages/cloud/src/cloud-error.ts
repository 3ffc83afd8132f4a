import type { Cloud } from '@registry-cache/domain';

const NAMES: Readonly<Record<Cloud, string>> = { google: 'Google', aws: 'AWS', azure: 'Azure' };

/**
 * A cloud gave no login. The message is for clients and for the log, so it has names and codes, but
 * no text of an answer: that may hold a token, an account, or the path of a file.
 */
export class CloudError extends Error {
  readonly code = 'CLOUD_LOGIN';

  /** @param reason `the token service answered 503`. */
  constructor(cloud: Cloud, reason: string) {
    super(`the identity of ${NAMES[cloud]} gave no login: ${reason}`);
    this.name = 'CloudError';
  }
}

/** A code such as `invalid_grant`, if it is one. Any other text might be a secret. */
export function plainCode(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.-]{1,59}$/.test(value)
    ? value
    : undefined;
}
