import { parseContentRange } from '../answer/content-range.ts';
import { type PhaseTimeouts, TransportError, toTransportError } from '../transport/failure.ts';
import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';

/** A body that may have to be asked for again from somewhere in its middle. */
export interface ResumableBody {
  readonly first: Reply;
  /** First and last byte of `first`, counted in the whole. */
  readonly start: number;
  readonly end: number;
  /** Asks for the rest with this Range; any status may come back. */
  readonly reopen: (range: string) => Promise<Reply>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onResume: () => void;
  readonly timeouts: PhaseTimeouts;
}

/** Attempts in a row without real progress, after which the body is given up. */
const MAX_FRUITLESS = 5;
const PROGRESS_BYTES = 1024 * 1024;
const PAUSE_MS = 50;

/**
 * Yields the bytes from `start` to `end`, exactly those, also over an upstream that breaks off:
 * the rest is asked for by Range, as long as the upstream is still talking of the same body.
 * @throws TransportError when the rest cannot be had.
 */
export async function* resumingBody(body: ResumableBody): AsyncGenerator<Uint8Array> {
  let position = body.start;
  let mark = position;
  let fruitless = 0;
  let reply: Reply | undefined = body.first;
  for (;;) {
    let failure: unknown;
    try {
      for await (const chunk of (reply?.body ?? []) as AsyncIterable<Uint8Array>) {
        if (position + chunk.length > body.end + 1) throw excess(body);
        position += chunk.length;
        yield chunk;
      }
    } catch (error) {
      failure = error;
    }
    if (position === body.end + 1) return;
    fruitless = position - mark >= PROGRESS_BYTES ? 0 : fruitless + 1;
    mark = position;
    if (fruitless > MAX_FRUITLESS || !mayResume(body, failure)) throw brokenOff(body, failure);
    await body.sleep(PAUSE_MS * 2 ** fruitless);
    body.onResume();
    reply = await reopen(body, position, failure);
  }
}

/** The rest of the body; undefined where the upstream may give it at the next attempt. */
async function reopen(
  body: ResumableBody,
  position: number,
  failure: unknown,
): Promise<Reply | undefined> {
  const reply = await body.reopen(`bytes=${position}-${body.end}`).catch((error: unknown) => {
    if (error instanceof TransportError && error.phase !== 'guard') return undefined;
    throw error;
  });
  if (reply === undefined) return undefined;
  const range = parseContentRange(replyHeader(reply, 'content-range'));
  const fits = reply.status === 206 && range?.first === position && range.last === body.end;
  if (fits && sameVersion(body.first, reply)) return reply;
  // A body that does not fit may be as large as the blob: reading it to its end helps nobody.
  reply.body.destroy();
  if (reply.status === 429 || reply.status >= 500) return undefined;
  throw brokenOff(body, failure);
}

/** Two strong validators that differ speak of different bytes; anything less is no proof. */
function sameVersion(first: Reply, next: Reply): boolean {
  const [left, right] = [replyHeader(first, 'etag'), replyHeader(next, 'etag')];
  const strong = (tag: string | undefined) => tag?.startsWith('"') === true;
  return !strong(left) || !strong(right) || left === right || first.url.host !== next.url.host;
}

function mayResume({ first }: ResumableBody, failure: unknown): boolean {
  if (failure instanceof TransportError) return false;
  if ((failure as Error | undefined)?.name === 'AbortError') return false;
  return replyHeader(first, 'accept-ranges') !== 'none';
}

function excess({ first }: ResumableBody): TransportError {
  return new TransportError('body', `${first.url.host} sent more than it announced`);
}

function brokenOff(body: ResumableBody, failure: unknown): TransportError {
  const { host } = body.first.url;
  if (failure === undefined) return new TransportError('body', `${host} ended the body too early`);
  if (failure instanceof TransportError) return failure;
  const { message, timedOut } = toTransportError(failure, host, body.timeouts);
  return new TransportError('body', message, { cause: failure, timedOut });
}
