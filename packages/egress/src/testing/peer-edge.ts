import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { pipeline } from 'node:stream';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { BOOT_SECRET, basic } from './egress-fixture.ts';

/** What the edge of each replica does for peers: it passes requests on to the owner's egress. */
export interface PeerEdge extends AsyncDisposable {
  /** The socket of the owner's egress; undefined if no replica answers. */
  owner: string | undefined;
  /** Requests wait for it before they reach the owner. */
  held: Promise<void>;
  /** The keys of the requests so far. */
  readonly keys: string[];
}

/** @param socket where egress asks for its peers. */
export async function startPeerEdge(socket: string): Promise<PeerEdge> {
  const server: Server = createServer(async (incoming, response) => {
    edge.keys.push(String(incoming.headers[INTERNAL_HEADERS.ownerKey.key]));
    await edge.held;
    if (edge.owner === undefined) {
      response.writeHead(503).end();
      return;
    }
    const id = String(incoming.headers[INTERNAL_HEADERS.ownerUpstream.key]);
    const headers = {
      ...incoming.headers,
      authorization: basic(id, BOOT_SECRET),
      [INTERNAL_HEADERS.fromPeer.key]: '1',
    };
    const { method = 'GET', url = '/' } = incoming;
    const outgoing = request({ socketPath: edge.owner, path: url, method, headers, agent: false });
    outgoing.on('response', (reply) => {
      response.writeHead(reply.statusCode ?? 500, reply.headers);
      pipeline(reply, response, () => undefined);
    });
    outgoing.on('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    outgoing.end();
  });
  server.listen(socket);
  await once(server, 'listening');
  const edge: PeerEdge = {
    owner: undefined,
    held: Promise.resolve(),
    keys: [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return edge;
}

/** An owner of everything, in place of the edge. It answers as the listener does. */
export async function startOwner(
  socket: string,
  onRequest: RequestListener,
): Promise<AsyncDisposable> {
  const server = createServer(onRequest).listen(socket);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
