import type { UpstreamClient } from '../client/upstream-client.ts';
import type { PeerQuestion, Peers } from './peers.ts';

/**
 * A client that asks the replica that a request belongs to, and the upstream only where no replica
 * has an answer. A request of a client's own login goes to the upstream alone.
 */
export function peered(
  outside: UpstreamClient,
  peers: Pick<Peers, 'ask' | 'askStored' | 'distrust'>,
  question: PeerQuestion,
): UpstreamClient {
  return {
    ...outside,
    withoutPeers: outside,
    fetchStored: (request, refusal) => peers.askStored(question, request, refusal),
    fetch: async (request) => {
      const { isKnown = false } = request.ownership ?? {};
      const reply = isKnown ? undefined : await peers.ask(question, request);
      return reply ?? outside.fetch(request);
    },
    distrust: (path) => peers.distrust(question, path) || outside.distrust(path),
  };
}
