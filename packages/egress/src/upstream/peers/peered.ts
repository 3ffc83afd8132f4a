import { inSpan, type Spans } from '../../wire/spans.ts';
import type { UpstreamClient } from '../client/upstream-client.ts';
import type { UpstreamRequest } from '../client/upstream-request.ts';
import type { PeerQuestion, Peers } from './peers.ts';

/** How questions to replicas are traced. */
export interface PeerTraces {
  readonly spans: Spans;
  /** Names the current span, below which the replica puts its own. */
  readonly traceparent: () => string | undefined;
}

/**
 * A client that asks the replica that a request belongs to, and the upstream only where no replica
 * has an answer. A request of a client's own login goes to the upstream alone.
 */
export function peered(
  outside: UpstreamClient,
  peers: Pick<Peers, 'ask' | 'askStored' | 'distrust'>,
  question: PeerQuestion,
  traces?: PeerTraces,
): UpstreamClient {
  const ask = (request: UpstreamRequest) =>
    inSpan(traces?.spans, 'ask a replica', {}, () =>
      peers.ask(question, withTraceparent(request, traces?.traceparent())),
    );
  return {
    ...outside,
    withoutPeers: outside,
    fetchStored: (request, refusal) => peers.askStored(question, request, refusal),
    fetch: async (request) => {
      const { isKnown = false } = request.ownership ?? {};
      const reply = isKnown ? undefined : await ask(request);
      return reply ?? outside.fetch(request);
    },
    distrust: (path) => peers.distrust(question, path) || outside.distrust(path),
  };
}

function withTraceparent(request: UpstreamRequest, header: string | undefined): UpstreamRequest {
  if (header === undefined) return request;
  return { ...request, headers: { ...request.headers, traceparent: header } };
}
