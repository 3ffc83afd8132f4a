import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where the nodes of a cluster find a Service. */
export interface NodePort {
  readonly host: string;
  readonly port: number;
}

/** `host` and `port` of a replica. */
export type Endpoint = NodePort;

/** A readiness probe of the chart is as frequent. */
const PROBE_EVERY_MS = 500;
const PROBE_WITHIN_MS = 1_000;

/**
 * Listens at an address as a Service of Kubernetes does: each connection goes to the next replica
 * that is ready. Connections of a replica that has gone are closed, as its kernel would do.
 */
export async function openNodePort(
  { host, port }: NodePort,
  endpoints: readonly Endpoint[],
): Promise<AsyncDisposable> {
  const replicas = endpoints.map((endpoint) => ({
    endpoint,
    isReady: true,
    sockets: new Set<Socket>(),
  }));
  let turn = 0;
  const server = createServer((client) => {
    const ready = replicas.filter(({ isReady }) => isReady);
    const replica = ready[turn % ready.length];
    turn += 1;
    if (replica === undefined) return void client.resetAndDestroy();
    const onward = connect(replica.endpoint);
    replica.sockets.add(client);
    const close = () => {
      replica.sockets.delete(client);
      client.destroy();
      onward.destroy();
    };
    for (const socket of [client, onward])
      socket.setNoDelay().once('close', close).on('error', close);
    client.pipe(onward);
    onward.pipe(client);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const stopping = new AbortController();
  const probing = replicas.map(async (replica) => {
    while (!stopping.signal.aborted) {
      replica.isReady = await accepts(replica.endpoint);
      if (!replica.isReady) for (const socket of replica.sockets) socket.destroy();
      await sleep(PROBE_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      server.close();
      for (const { sockets } of replicas) for (const socket of sockets) socket.destroy();
      await Promise.all(probing);
    },
  };
}

/** Whether a program accepts connections there. */
async function accepts(endpoint: Endpoint): Promise<boolean> {
  const socket = connect(endpoint);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PROBE_WITHIN_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
