import type { IncomingMessage } from 'node:http';

const MAX_FORM_BYTES = 64 * 1024;
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:\s*;|$)/i;

export class FormError extends Error {
  readonly code = 'AUTH_FORM';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'FormError';
    this.status = status;
  }
}

/**
 * Reads a body of type application/x-www-form-urlencoded and of at most 64 KiB.
 *
 * @throws FormError with the status of the response: 415 for another type, 413 for more bytes.
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  if (!FORM_TYPE.test(request.headers['content-type'] ?? '')) {
    throw new FormError(415, 'the body must be application/x-www-form-urlencoded');
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop must not end the connection, which still has to carry the response.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_FORM_BYTES) {
      throw new FormError(413, `the body must not be longer than ${MAX_FORM_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
