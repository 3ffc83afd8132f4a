import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';

export interface FakeCleaner extends AsyncDisposable {
  /** The queries of all requests so far. */
  readonly queries: string[];
}

/** A cleaner for a fixture. It grants a number of bytes in all. */
export async function startFakeCleaner(dir: string, mostBytes: number): Promise<FakeCleaner> {
  const asked: string[] = [];
  let leftBytes = mostBytes;
  const server = createServer(({ url = '' }, response) => {
    asked.push(url.slice(url.indexOf('?') + 1));
    leftBytes -= Number(new URLSearchParams(asked.at(-1)).get('bytes'));
    response.writeHead(leftBytes >= 0 ? 200 : 507).end();
  });
  await once(server.listen(join(dir, 'cleaner.sock')), 'listening');
  return {
    queries: asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
