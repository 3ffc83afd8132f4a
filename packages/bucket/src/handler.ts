import type { Readable } from 'node:stream';
import { openSdkHandler } from '@registry-cache/runtime';

/** One request of the SDK, signed. */
export interface BucketRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

export interface BucketReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Sends one request and follows no redirect. @throws Error if no answer came. */
export type BucketSend = (request: BucketRequest, signal: AbortSignal) => Promise<BucketReply>;

/** The transport sets the host, and waits for no `100 Continue`. Neither changes the signature. */
const LEFT_OUT = new Set(['host', 'expect']);

/** Sends the requests of the SDK, also those to STS, by `send`. */
export function openHandler(send: BucketSend) {
  return openSdkHandler(async ({ method, headers: all, body: given }, url, signal) => {
    const headers = Object.fromEntries(
      Object.entries(all).filter(([name]) => !LEFT_OUT.has(name.toLowerCase())),
    );
    const body = bodyOf(given);
    const request = { method, url, headers, ...(body !== undefined && { body }) };
    const { status, ...reply } = await send(request, signal);
    return { statusCode: status, ...reply };
  });
}

function bodyOf(body: unknown): string | Readable | undefined {
  if (body === undefined || body === null || typeof body === 'string') return body ?? undefined;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return body as Readable;
}
