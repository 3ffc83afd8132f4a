import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatOciError, type OciErrorCode, type OciPushErrorCode } from '@registry-cache/domain';

/** A request that gets an error in the OCI shape. */
export class HostedError extends Error {
  readonly code = 'HOSTED_REFUSAL';
  readonly ociCode: OciErrorCode | OciPushErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    ociCode: OciErrorCode | OciPushErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HostedError';
    this.status = status;
    this.ociCode = ociCode;
    this.headers = headers;
  }
}

/** A request and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Sends a short answer. The rest of an unread body is read and dropped, so that the client reads. */
export function send(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): void {
  const hasBody = status !== 204;
  response.writeHead(status, {
    ...headers,
    ...(hasBody && { 'content-length': String(Buffer.byteLength(body)) }),
  });
  response.end(request.method === 'HEAD' || !hasBody ? undefined : body);
  request.resume();
}

export function sendError(
  exchange: Pick<Exchange, 'request' | 'response'>,
  { status, ociCode, message, headers }: HostedError,
): void {
  const type = { 'content-type': 'application/json', ...headers };
  send(exchange, status, type, formatOciError(ociCode, message));
}
