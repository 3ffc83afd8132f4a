import type { ServerResponse } from 'node:http';
import { formatOciError } from '@registry-cache/domain';
import type { RegistryError } from '../../wire/errors/registry-error.ts';
import type { StartedResponse } from './started-response.ts';

const API_VERSION = { 'docker-distribution-api-version': 'registry/2.0' };

/**
 * Sends a started response, as fast as its reader takes it. When the body fails, the HTTP response
 * stays without its end, and the caller must destroy it.
 * @throws the error of the body.
 */
export async function sendStarted(
  httpResponse: ServerResponse,
  { response: { status, headers }, first, chunks }: StartedResponse,
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

/** Sends an error in the OCI shape. Node.js drops the body for a HEAD. */
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

/** Resolves when the reader takes more, or has gone. */
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
