import { formatOciError, type OciErrorCode } from '@registry-cache/domain';

/** A response as plain data; server.ts sends it. */
export interface AuthResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };

export function jsonResponse(value: unknown): AuthResponse {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(value) };
}

/** An error in the OCI shape. */
export function errorResponse(
  status: number,
  code: OciErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): AuthResponse {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: formatOciError(code, message) };
}

/** 401, with the challenge for a user name and a password. Source: RFC 7617. */
export function unauthorizedResponse(message: string): AuthResponse {
  return errorResponse(401, 'UNAUTHORIZED', message, {
    'www-authenticate': 'Basic realm="registry-cache", charset="UTF-8"',
  });
}
