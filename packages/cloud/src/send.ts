import { setTimeout as sleep } from 'node:timers/promises';

export interface CloudRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface CloudReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request. Redirects are not followed, since a redirect might take a token along. */
export type Send = (request: CloudRequest, signal: AbortSignal) => Promise<CloudReply>;

/** No token, with all that is around it, is longer. */
export const ANSWER_LIMIT_BYTES = 262_144;

const PASSING = new Set([408, 429, 500, 502, 503, 504]);
const PAUSES_MS = [200, 1_000];

/** Whether a status may pass by itself. */
function isPassing(status: number): boolean {
  return PASSING.has(status);
}

/** As `send`, but a failure that may pass is tried again, after longer and longer pauses. */
export function withRetries(send: Send): Send {
  return async (request, signal) => {
    for (const pauseMs of PAUSES_MS) {
      const reply = await send(request, signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
        return undefined;
      });
      if (reply !== undefined && !isPassing(reply.status)) return reply;
      // At different moments, so that several replicas do not come back at once.
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal });
    }
    return send(request, signal);
  };
}

/** Notes the answers, for the clock of the other side. */
export function noting(send: Send): {
  readonly send: Send;
  readonly last: () => CloudReply | undefined;
} {
  let last: CloudReply | undefined;
  return {
    send: async (request, signal) => {
      last = await send(request, signal);
      return last;
    },
    last: () => last,
  };
}

/** How many milliseconds the other side's clock is ahead of ours; 0 if its answer has no date. */
export function skewOf(reply: CloudReply | undefined, nowMs = Date.now()): number {
  const theirs = Date.parse(reply?.headers.date ?? '');
  return Number.isNaN(theirs) ? 0 : theirs - nowMs;
}

/** How many milliseconds are left until a time of the other side's clock, as its answer tells it. */
export function leftUntil(endsAtMs: number, reply: CloudReply | undefined): number {
  const theirs = Date.parse(reply?.headers.date ?? '');
  return endsAtMs - (Number.isNaN(theirs) ? Date.now() : theirs);
}

/** The members of a JSON object; none for any other text. */
export function parseMembers(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
