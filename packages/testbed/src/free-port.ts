import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range for outgoing connections (Linux: from 32768 on). */
const FIRST_PORT = 10_000;
const LAST_PORT = 29_999;

/**
 * A free TCP port, for programs that cannot choose one by themselves. Outgoing connections never
 * get it, but another program may, so a caller must check that its own program answers.
 * @throws if 100 ports in a row are taken, or `host` is not an address of this machine.
 */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port, host)) return port;
  }
  throw new Error(`no free port found on ${host} between ${FIRST_PORT} and ${LAST_PORT}`);
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
