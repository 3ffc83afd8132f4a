import { createServer, type Server } from 'node:net';

/** Stands where registries would be, and counts who comes. */
export interface Trap extends AsyncDisposable {
  /** The connections so far. */
  connections(): number;
}

/** Where registries, their token services and redirects to HTTPS listen. */
const PORTS = [443, 80];

/** Listens on an address that the names of registries lead to. Nobody gets an answer there. */
export async function openTrap(host: string): Promise<Trap> {
  let count = 0;
  const servers = await Promise.all(
    PORTS.map((port) => {
      const server = createServer((socket) => {
        count += 1;
        socket.destroy();
      });
      return new Promise<Server>((resolve, reject) => {
        server.once('error', reject).listen(port, host, () => resolve(server));
      });
    }),
  );
  return {
    connections: () => count,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) server.close();
    },
  };
}
