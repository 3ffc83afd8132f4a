import { createServer } from 'node:http';
import { formatOciError } from '@registry-cache/domain';
import { EgressDoor } from '../mirrored/egress-door.ts';
import { listen } from './listen.ts';

/** Brings a part into the store. Returns why it does not; undefined where it did. */
export type Fetch = (repository: string, digest: string) => Promise<string | undefined>;

export interface FakeEgress {
  readonly door: EgressDoor;
  /** Paths of requests, in order. */
  readonly asked: string[];
}

/** An egress that answers requests for parts by a function. */
export async function openEgress(
  stack: AsyncDisposableStack,
  socketPath: string,
  fetchPart: Fetch,
): Promise<FakeEgress> {
  const asked: string[] = [];
  const server = createServer(async ({ method, headers, url = '' }, response) => {
    asked.push(url);
    const [, repository = '', digest = ''] =
      /^\/v2\/(.+)\/(?:blobs|manifests)\/(.+)$/.exec(url) ?? [];
    const failure = await fetchPart(repository, digest);
    // As egress does, it answers a HEAD of a part that is here without a check.
    if (failure === undefined || method === 'HEAD') {
      response.writeHead(headers.range === undefined ? 200 : 206).end('bytes');
    } else {
      response.writeHead(404).end(formatOciError('BLOB_UNKNOWN', failure));
    }
  });
  await listen(stack, server, socketPath);
  return { door: new EgressDoor(socketPath, 'secret'), asked };
}
