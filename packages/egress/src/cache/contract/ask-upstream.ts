import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { RegistryRequest } from './registry-request.ts';

/** Passes the request on to the upstream, with `headers` added. Bodies are never compressed. */
export function askUpstream(
  { client }: { readonly client: Pick<UpstreamClient, 'fetch'> },
  request: RegistryRequest,
  method: 'GET' | 'HEAD',
  headers: Readonly<Record<string, string | undefined>>,
): Promise<Reply> {
  const given = Object.entries({ accept: request.accept, ...headers }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return client.fetch({
    method,
    path: request.target,
    repository: request.path.repository,
    headers: { 'accept-encoding': 'identity', ...Object.fromEntries(given) },
    weight: request.path.kind === 'blob' && method === 'GET' ? 'large' : 'small',
    signal: request.signal,
  });
}
