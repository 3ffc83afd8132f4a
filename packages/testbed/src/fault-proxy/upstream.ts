import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Body } from './body-faults.ts';
import type { PlannedAction } from './rules.ts';

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Body;
}

export interface Upstream {
  /** Rejects if the upstream cannot be reached or the client leaves first. */
  ask(
    incoming: IncomingMessage,
    planned: readonly PlannedAction[],
    signal: AbortSignal,
  ): Promise<UpstreamResponse>;
  close(): void;
}

/** Hop-by-hop headers belong to one connection and are not passed on. RFC 9110, 7.6.1. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer'];

/** Requests to the upstream of a fault proxy, over its own connections. */
export function connectUpstream(url: string, scheme: 'http' | 'https'): Upstream {
  const isTls = url.startsWith('https:');
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, rejectUnauthorized: false })
    : new HttpAgent({ keepAlive: true });
  const start = isTls ? requestHttps : requestHttp;
  return {
    async ask(incoming, planned, signal) {
      const { connection: _, 'keep-alive': __, ...headers } = incoming.headers;
      if (planned.some(({ action }) => 'ignoreRange' in action)) delete headers.range;
      const outgoing = start(new URL(incoming.url ?? '/', url), {
        method: incoming.method ?? 'GET',
        headers: { ...headers, 'x-forwarded-proto': scheme },
        agent,
        signal,
      });
      // An error during the body reaches the reader of the body. Here it is ignored.
      outgoing.on('error', () => {});
      incoming.pipe(outgoing);
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      answer.on('error', () => {});
      return {
        status: answer.statusCode ?? 502,
        headers: editHeaders(answer.headers, planned),
        body: answer as Body,
      };
    },
    close: () => agent.destroy(),
  };
}

function editHeaders(
  headers: IncomingMessage['headers'],
  planned: readonly PlannedAction[],
): UpstreamResponse['headers'] {
  const dropped = new Set<string>(HOP_BY_HOP);
  const added: Record<string, string> = {};
  for (const { action } of planned) {
    if ('dropHeaders' in action) for (const name of action.dropHeaders) dropped.add(name);
    if ('setHeaders' in action) Object.assign(added, action.setHeaders);
  }
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || dropped.has(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(kept), ...added };
}
