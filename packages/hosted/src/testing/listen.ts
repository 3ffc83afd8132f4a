import { once } from 'node:events';
import type { Server } from 'node:http';

/** Lets a server listen on a unix socket. It ends with the stack. */
export async function listen(
  stack: AsyncDisposableStack,
  server: Server,
  socketPath: string,
): Promise<void> {
  server.listen(socketPath);
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
}
