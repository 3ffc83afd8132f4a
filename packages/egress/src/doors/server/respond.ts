import type { ServerResponse } from 'node:http';
import { formatOciError } from '@registry-cache/domain';
import type { AnswerError } from '../../wire/errors/registry-error.ts';
import type { Begun } from './begun.ts';

const API_VERSION = { 'docker-distribution-api-version': 'registry/2.0' };

/**
 * Sends an answer that has begun; a body goes out no faster than the caller takes it. When the
 * body fails, the response is left without its end, for the caller to destroy.
 * @throws whatever the body throws.
 */
export async function sendBegun(
  response: ServerResponse,
  { answer: { status, headers }, first, chunks }: Begun,
  onBytes: (count: number) => void,
): Promise<void> {
  try {
    let next = first;
    response.writeHead(status, { ...API_VERSION, ...headers });
    for (; next !== undefined && next.done !== true; next = await chunks?.next()) {
      if (response.destroyed) return;
      onBytes(next.value.length);
      if (!response.write(next.value)) await drained(response);
    }
    response.end();
  } finally {
    await chunks?.return?.();
  }
}

/** An error in the OCI shape. A HEAD carries its headers alone. */
export function sendError(response: ServerResponse, error: AnswerError): void {
  sendText(response, error.status, formatOciError(error.code, error.message), {
    ...error.headers,
    'content-type': 'application/json',
  });
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { ...API_VERSION, ...headers, 'content-length': length });
  response.end(text);
}

/** Resolves when the caller takes more, or has gone. */
function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
