import type { ErrorPhase } from '@registry-cache/domain';
import { RegistryError } from '../errors/registry-error.ts';
import { parseContentRange, parseLength } from '../http/content-range.ts';
import { type PhaseTimeouts, TransportError, toTransportError } from '../transport/failure.ts';
import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';
import { gathered } from './gathered.ts';
import { atLowestRate, type LowestRate } from './lowest-rate.ts';
import { isSameBody, type KnownVersion, versionOf } from './version.ts';

/** Bytes of a body that may break off, so that the rest must be requested again. */
export interface ResumableBody extends KnownVersion {
  /** First and last byte. Without a last byte, to the end of the body. */
  readonly start: number;
  readonly end: number | undefined;
  /** The reply to the first request, for these bytes or for the whole body. */
  readonly opened: Reply | Promise<Reply>;
  /** Requests the rest with this Range. Any status may come back. */
  readonly reopen: (range: string) => Promise<Reply>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onResume: () => void;
  readonly timeouts: PhaseTimeouts;
  readonly lowestRate: LowestRate;
}

/** The body fails after more attempts in a row than this without real progress. */
const MAX_FRUITLESS = 5;
const PROGRESS_BYTES = 1024 * 1024;
const PAUSE_MS = 50;

/**
 * Yields exactly the bytes from `start` to `end`, even if the upstream breaks off. It requests the
 * rest by Range, as long as the upstream still has the same body. If the upstream ignores Range and
 * sends the whole body again, the known bytes are skipped.
 * @throws TransportError if the rest does not come, RegistryError if a request for it fails for good.
 */
export async function* resumingBody(body: ResumableBody): AsyncGenerator<Uint8Array> {
  let position = body.start;
  let mark = position;
  let fruitless = 0;
  let failure: unknown;
  let asked = Promise.resolve(body.opened);
  for (;;) {
    const piece = await opened(body, asked, position, failure);
    failure = undefined;
    try {
      for await (const bytes of piece === undefined ? [] : bytesFrom(body, piece, position)) {
        position += bytes.length;
        yield bytes;
      }
      if (piece !== undefined && body.end === undefined) return;
    } catch (error) {
      failure = error;
    }
    if (body.end !== undefined && position > body.end) return;
    fruitless = position - mark >= PROGRESS_BYTES ? 0 : fruitless + costOf(failure);
    mark = position;
    if (fruitless > MAX_FRUITLESS || !isResumable(failure)) throw brokenOff(body, failure);
    await body.sleep(PAUSE_MS * 2 ** fruitless);
    body.onResume();
    asked = body.reopen(`bytes=${position}-${body.end ?? ''}`);
  }
}

/** A reply with the next bytes. Undefined if the next attempt may bring one. */
async function opened(
  body: ResumableBody,
  asked: Promise<Reply>,
  position: number,
  failure: unknown,
): Promise<Reply | undefined> {
  const reply = await asked.catch((error: unknown) => {
    if (mayRetry(error)) return undefined;
    throw error;
  });
  if (reply === undefined) return undefined;
  if (fits(body, reply, position) && isSameBody(body, versionOf(reply))) return reply;
  // A body that does not fit may be as large as the blob, so it is not drained.
  reply.body.destroy();
  if (reply.status === 429 || reply.status >= 500) return undefined;
  throw brokenOff(body, failure, reply.url.host);
}

function fits({ end }: ResumableBody, reply: Reply, position: number): boolean {
  if (reply.status === 200) {
    const length = parseLength(replyHeader(reply, 'content-length'));
    return length === undefined || length > (end ?? position - 1);
  }
  const range = parseContentRange(replyHeader(reply, 'content-range'));
  return (
    reply.status === 206 && range?.first === position && (range.last === end || end === undefined)
  );
}

/** A timeout has already cost time, so it counts as two attempts. */
function costOf(failure: unknown): number {
  return failure instanceof TransportError && failure.timedOut ? 2 : 1;
}

/** The bytes of a reply from `position` on. A whole body begins earlier and may end later. */
async function* bytesFrom(
  { end, lowestRate }: ResumableBody,
  reply: Reply,
  position: number,
): AsyncGenerator<Uint8Array> {
  const whole = reply.status === 200;
  const goesOn = whole && parseLength(replyHeader(reply, 'content-length')) !== (end ?? -1) + 1;
  let skip = whole ? position : 0;
  let left = end === undefined ? Number.POSITIVE_INFINITY : end + 1 - position;
  const large = { url: reply.url, body: gathered(reply.body, skip + left) };
  for await (const chunk of atLowestRate({ ...reply, ...large }, lowestRate)) {
    const bytes = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - bytes.length;
    if (bytes.length > left && !whole) throw excess(reply);
    if (bytes.length > 0) yield bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= bytes.length;
    if (goesOn && left <= 0) return;
  }
}

/** Failures that another attempt would only repeat. A token service may refuse by a page. */
const LASTING: ReadonlySet<ErrorPhase> = new Set(['guard', 'credentials', 'token', 'page']);

/** Whether a later attempt may succeed: after a failure on the way, a limit, an open circuit. */
function mayRetry(error: unknown): boolean {
  if (!(error instanceof RegistryError) || LASTING.has(error.phase)) return false;
  return error.status === 429 || error.status >= 500;
}

function isResumable(failure: unknown): boolean {
  if (failure instanceof TransportError) return failure.timedOut;
  return (failure as Error | undefined)?.name !== 'AbortError';
}

function excess(reply: Reply): TransportError {
  return new TransportError('body', `${reply.url.host} sent more than it announced`);
}

function brokenOff(
  { version, timeouts }: ResumableBody,
  failure: unknown,
  host = version.host,
): TransportError {
  if (failure === undefined) return new TransportError('body', `${host} ended the body too early`);
  if (failure instanceof TransportError) return failure;
  const { message, timedOut } = toTransportError(failure, host, timeouts);
  return new TransportError('body', message, { cause: failure, timedOut });
}
