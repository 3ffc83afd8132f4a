import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until no other test file holds this part of the machine, such as a port, and holds it until
 * the end. The lock is an abstract unix socket, so the kernel releases it after a crash, too.
 */
export async function holdAlone(part: string): Promise<AsyncDisposable> {
  for (;;) {
    const server = createServer().listen({ path: `\0registry-cache-test ${part}` });
    try {
      await once(server, 'listening');
      return { [Symbol.asyncDispose]: async () => void server.close() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
    await sleep(100);
  }
}
