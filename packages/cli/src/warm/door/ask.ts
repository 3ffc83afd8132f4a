import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseOciMessage } from '@registry-cache/domain';
import type { Door, DoorRequest } from './open-door.ts';

export interface AskDeps {
  readonly door: Door;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request that egress, or the registry behind it, refused. */
export class WarmError extends Error {
  readonly code = 'WARM';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'WarmError';
    this.status = status;
  }
}

/** A limit is a matter of pace, so warming waits for it. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** Egress goes on with a request that takes long, and answers a later one. */
const MOST_UNAVAILABLE = 5;
/** A registry that is away says more. */
const LONGEST_LATE_MS = 5_000;

/**
 * Sends a request until egress has an answer: it waits where a limit says so.
 * @throws WarmError for any status of 400 or more.
 */
export async function ask(deps: AskDeps, request: DoorRequest): Promise<Answer> {
  const response = await askForBody(deps, request);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await buffer(response),
  };
}

/** The same, with the body still to be read. */
export async function askForBody(
  { door, signal }: AskDeps,
  request: DoorRequest,
): Promise<IncomingMessage> {
  let waitedMs = 0;
  let unavailable = 0;
  while (true) {
    const response = await door(request);
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    const error = await readError(door, request, response);
    const waitMs = Number(response.headers['retry-after'] ?? Number.NaN) * 1000;
    if (status === 503) unavailable += 1;
    const isLate = status === 503 && unavailable < MOST_UNAVAILABLE && waitMs <= LONGEST_LATE_MS;
    const isLimited = status === 429 && waitedMs + waitMs <= LONGEST_WAIT_MS;
    if (!(waitMs >= 0) || !(isLate || isLimited)) throw error;
    await sleep(waitMs, undefined, { signal });
    waitedMs += waitMs;
  }
}

/** The answer to a HEAD has no reason in it. Egress remembers it, and tells it to a GET. */
async function readError(
  door: Door,
  request: DoorRequest,
  response: IncomingMessage,
): Promise<WarmError> {
  const { statusCode = 0 } = response;
  const body = await buffer(response);
  const isSilent = request.method === 'HEAD' && statusCode !== 404;
  const told = isSilent ? await buffer(await door({ ...request, method: 'GET' })) : body;
  const reason = parseOciMessage(told) ?? `status ${statusCode}`;
  return new WarmError(`${request.path}: ${reason}`, statusCode);
}
