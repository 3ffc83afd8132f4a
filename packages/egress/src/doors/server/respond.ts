import type { ServerResponse } from 'node:http';
import { formatOciError } from '@registry-cache/domain';
import type { RegistryError } from '../../wire/errors/registry-error.ts';
import type { Begun } from './begun.ts';

const API_VERSION = { 'docker-distribution-api-version': 'registry/2.0' };

/**
 * Sends an answer that has begun; a body goes out no faster than the caller takes it. When the
 * body fails, the response is left without its end, for the caller to destroy.
 * @throws whatever the body throws.
 */
export async function sendBegun(
  httpResponse: ServerResponse,
  { response: { status, headers }, first, chunks }: Begun,
  onBytes: (count: number) => void,
): Promise<void> {
  try {
    let next = first;
    httpResponse.writeHead(status, { ...API_VERSION, ...headers });
    for (; next !== undefined && next.done !== true; next = await chunks?.next()) {
      if (httpResponse.destroyed) return;
      onBytes(next.value.length);
      if (!httpResponse.write(next.value)) await drained(httpResponse);
    }
    httpResponse.end();
  } finally {
    await chunks?.return?.();
  }
}

/** An error in the OCI shape. A HEAD carries its headers alone. */
export function sendError(httpResponse: ServerResponse, error: RegistryError): void {
  sendJson(httpResponse, error.status, formatOciError(error.code, error.message), error.headers);
}

/** Sends `json`, the text of a whole JSON value. */
export function sendJson(
  httpResponse: ServerResponse,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(httpResponse, status, json, { ...headers, 'content-type': 'application/json' });
}

export function sendText(
  httpResponse: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  const length = String(Buffer.byteLength(text));
  httpResponse.writeHead(status, { ...API_VERSION, ...headers, 'content-length': length });
  httpResponse.end(text);
}

/** Resolves when the caller takes more, or has gone. */
function drained(httpResponse: ServerResponse): Promise<void> {
  if (httpResponse.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      httpResponse.off('drain', done).off('close', done);
      resolve();
    };
    httpResponse.on('drain', done).on('close', done);
  });
}
