import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InterruptibleServer,
  type InterruptibleServerOptions,
  listenInterruptible,
} from '../interruptible-server.ts';
import { createBodyFaults } from './body-faults.ts';
import { matches, type RequestMatcher, type SeenRequest, seeRequest } from './requests.ts';
import { type FaultRule, openRuleBook, type PlannedAction, respondsByItself } from './rules.ts';
import { sendBody } from './send-body.ts';
import { connectUpstream, type UpstreamResponse } from './upstream.ts';

export interface FaultProxyOptions extends Omit<InterruptibleServerOptions, 'onRequest'> {
  /** URL of the upstream. Its certificate is not checked. */
  readonly upstream: string;
  readonly rules?: readonly FaultRule[];
}

export interface FaultProxy extends InterruptibleServer {
  /** Replaces the rules. Their counts (`nth`, `times`) start again. */
  setRules(...rules: FaultRule[]): void;
  /** Every request so far, oldest first. */
  readonly seen: readonly SeenRequest[];
  count(matcher?: RequestMatcher): number;
  /** The bytes of the bodies that were sent for these requests. */
  bytes(matcher?: RequestMatcher): number;
  /** Forgets the requests seen so far. */
  forget(): void;
}

/** Starts a reverse proxy that counts requests and bytes, and injects faults by rules. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  const book = openRuleBook(options.rules);
  const upstream = connectUpstream(options.upstream, options.tls ? 'https' : 'http');
  const applyBodyFaults = createBodyFaults();

  const onRequest = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = seeRequest(incoming);
    seen.push(request);
    const gone = new AbortController();
    response.once('close', () => {
      if (request.end === 'open') request.end = response.writableFinished ? 'complete' : 'broken';
      gone.abort();
    });
    try {
      const planned = book.plan(request);
      for (const { action } of planned) {
        if ('delayMs' in action) await sleep(action.delayMs, undefined, { signal: gone.signal });
      }
      if (breaksOff(planned, response)) return;
      const answer =
        respondHere(planned, request) ?? (await upstream.ask(incoming, planned, gone.signal));
      request.status = answer.status;
      response.writeHead(answer.status, answer.headers);
      // The answer to a HEAD has no body to change or count.
      const body =
        request.method === 'HEAD' ? bodyOf('') : applyBodyFaults(answer.body, planned, gone.signal);
      await sendBody(response, body, (bytes) => {
        request.bytes += bytes;
      });
    } catch {
      // After a failure of the upstream or a planned one, the client's connection breaks.
      response.destroy();
    }
  };

  const server = await listenInterruptible({ ...options, onRequest });
  const select = (matcher: RequestMatcher = {}) =>
    seen.filter((request) => matches(request, matcher));
  const stop = async () => {
    await server.stop();
    upstream.close();
  };
  return {
    ...server,
    setRules: (...rules) => {
      book.rules = rules.map((rule) => ({ ...rule }));
    },
    seen,
    count: (matcher) => select(matcher).length,
    bytes: (matcher) => select(matcher).reduce((sum, { bytes }) => sum + bytes, 0),
    forget: () => {
      seen.length = 0;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Carries out a plan that ends without a response. Returns whether it was one. */
function breaksOff(planned: readonly PlannedAction[], response: ServerResponse): boolean {
  const last = planned.at(-1)?.action;
  if (last !== undefined && 'refuse' in last) response.socket?.resetAndDestroy();
  return last !== undefined && ('refuse' in last || 'silent' in last);
}

function respondHere(
  planned: readonly PlannedAction[],
  request: SeenRequest,
): UpstreamResponse | undefined {
  const action = planned.find((candidate) => respondsByItself(candidate.action))?.action;
  if (action === undefined) return undefined;
  if ('redirect' in action) {
    return { status: 307, headers: { location: action.redirect(request) }, body: bodyOf('') };
  }
  if (!('respond' in action)) return undefined;
  const { status, headers = {}, body = '' } = action.respond;
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return { status, headers: { ...length, ...headers }, body: bodyOf(body) };
}

async function* bodyOf(content: string | Uint8Array): AsyncGenerator<Buffer> {
  yield Buffer.from(content as string);
}
