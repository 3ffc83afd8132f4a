import type { IncomingMessage } from 'node:http';

/** How the body of a request ended. */
export type Received = 'whole' | 'broken' | 'full' | 'superseded';

export interface Receipt {
  /** Valid once the body was read to its end. */
  outcome: Received;
  bytes: number;
}

export interface ReceiveOptions {
  /** Whether so many more bytes fit. */
  readonly take: (bytes: number) => boolean | Promise<boolean>;
  readonly superseded: AbortSignal;
}

/**
 * The body of a request, piece by piece. It ends without an error however the client goes away, so
 * that the engine keeps what has arrived; the receipt says how it ended.
 */
export async function* receive(
  request: IncomingMessage,
  receipt: Receipt,
  { take, superseded }: ReceiveOptions,
): AsyncGenerator<Uint8Array> {
  const end = () => request.destroy();
  superseded.addEventListener('abort', end, { once: true });
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      if (!(await take(bytes.length))) {
        receipt.outcome = 'full';
        return;
      }
      receipt.bytes += bytes.length;
      yield bytes;
    }
    receipt.outcome = request.complete ? 'whole' : 'broken';
  } catch {
    receipt.outcome = superseded.aborted ? 'superseded' : 'broken';
  } finally {
    superseded.removeEventListener('abort', end);
  }
}

/** Whether a request has a body at all. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
