import { openSdkHandler } from '@registry-cache/runtime';
import type { Send } from '../send.ts';

/** Sends the requests of the SDK, also those to STS, by `send`. */
export function openHandler(send: Send) {
  return openSdkHandler(async ({ method, headers: all, body }, url, signal) => {
    const { host: _, 'content-length': __, ...headers } = all;
    const reply = await send({ method, url, headers, ...bodyOf(body) }, signal);
    return {
      statusCode: reply.status,
      headers: { ...reply.headers },
      body: Buffer.from(reply.body, 'utf8'),
    };
  });
}

function bodyOf(body: unknown): { body?: string } {
  if (typeof body === 'string') return { body };
  return body instanceof Uint8Array ? { body: new TextDecoder().decode(body) } : {};
}
