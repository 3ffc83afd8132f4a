import { TokenRefusedError } from '../auth/token-request.ts';
import { toRegistryError } from '../errors/to-registry-error.ts';
import { tokenError } from '../errors/upstream-error.ts';
import type { UpstreamClient } from './upstream-client.ts';

/**
 * A client whose requests fail with a RegistryError and nothing else. The classes of transport,
 * guard and credentials stay inside the client.
 * @param key the upstream's name in messages.
 */
export function withRegistryErrors(client: UpstreamClient, key: string): UpstreamClient {
  const translate = async (error: unknown): Promise<never> => {
    if (error instanceof TokenRefusedError) throw await tokenError(error.reply, key);
    // Helpers and token services throw plain errors.
    throw toRegistryError(error, key, 'credentials');
  };
  return {
    ...client,
    fetch: (request) => client.fetch(request).catch(translate),
    tryLogin: (login, request) => client.tryLogin(login, request).catch(translate),
    pass: (request) => client.pass(request).catch(translate),
    follow: (url, request) => client.follow(url, request).catch(translate),
  };
}
