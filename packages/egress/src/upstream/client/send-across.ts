import { discard } from '../../wire/transport/reply.ts';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';
import { type AuthorizeDeps, sendAuthorized } from '../auth/authorize.ts';
import { repositoryOf } from '../auth/recipient.ts';
import { chooseScheme } from '../auth/scheme.ts';
import { sendFollowing } from './redirect.ts';

/** A vanity name may lead to another vanity name, and that one to the registry. */
const MAX_REGISTRIES = 3;

export interface AcrossDeps {
  readonly transport: Transport;
  /** What `sendAuthorized` needs for the registry at a URL, for this repository. */
  readonly depsFor: (url: URL, repository: string) => AuthorizeDeps;
}

/**
 * Sends a request to a registry, and to each registry that its API redirects to. Each one gets its
 * own credentials or none. The credentials of the first never go to another.
 * @throws as `sendAuthorized`.
 */
export async function sendAcross(
  { transport, depsFor }: AcrossDeps,
  request: OutboundRequest,
  repository: string,
): Promise<Reply> {
  let { url } = request;
  let asked = repository;
  for (let registries = 1; ; registries += 1) {
    const { headers } = request;
    const reply = await sendAuthorized(depsFor(url, asked), asked, (authorization) =>
      sendFollowing(transport, {
        ...request,
        url,
        headers: authorization === undefined ? headers : { ...headers, authorization },
      }),
    );
    const next = registries < MAX_REGISTRIES ? anotherRegistry(reply, url) : undefined;
    if (next === undefined) {
      return { ...reply, redirected: reply.url.origin !== request.url.origin };
    }
    await discard(reply);
    const { memory } = depsFor(reply.url, next.repository);
    memory.learn(next.repository, next.scheme);
    url = reply.url;
    asked = next.repository;
  }
}

/** The registry that a redirect led to, if its API answered 401 with a challenge. */
function anotherRegistry(reply: Reply, from: URL) {
  const repository = repositoryOf(reply.url);
  if (reply.status !== 401 || reply.url.origin === from.origin || repository === undefined) {
    return undefined;
  }
  const scheme = chooseScheme(reply.headers['www-authenticate'], repository);
  return scheme === undefined ? undefined : { repository, scheme };
}
