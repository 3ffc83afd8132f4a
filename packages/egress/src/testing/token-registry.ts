import { type Origin, ociError, reply, startOrigin } from './origin.ts';

export interface TokenRegistry extends AsyncDisposable {
  readonly registry: Origin;
  readonly tokens: Origin;
  /** Revokes the current token: the registry then asks for a new one. */
  revoke(): void;
}

/**
 * A registry that wants Bearer tokens of a service on another port. The service gives a token to
 * `user` with `password()`, to the refresh token `refresh` and, if allowed, to anonymous clients.
 */
export async function startTokenRegistry({
  password = () => 'right',
  anonymous = false,
}: {
  password?: () => string;
  anonymous?: boolean;
} = {}): Promise<TokenRegistry> {
  let generation = 1;
  const tokens = await startOrigin(({ method, headers, body }, response) => {
    const basic = `Basic ${btoa(`user:${password()}`)}`;
    const form = new URLSearchParams(body);
    const good =
      method === 'POST'
        ? form.get('refresh_token') === 'refresh' && form.get('grant_type') === 'refresh_token'
        : headers.authorization === basic || (anonymous && headers.authorization === undefined);
    if (!good) return reply(response, 401, '{"details":"incorrect username or password"}');
    const key = method === 'POST' ? 'access_token' : 'token';
    reply(response, 200, JSON.stringify({ [key]: `good-${generation}`, expires_in: 300 }));
  });
  const registry = await startOrigin(({ url, headers }, response) => {
    const repository = /^\/v2\/(.+)\/(?:tags|manifests)\//.exec(url)?.[1];
    const challenge = `Bearer realm="${tokens.url}/token",service="reg",scope="repository:${repository}:pull"`;
    if (headers.authorization !== `Bearer good-${generation}`) {
      return reply(response, 401, ociError('UNAUTHORIZED', 'authentication required'), {
        'www-authenticate': challenge,
      });
    }
    reply(response, 200, '{"tags":[]}');
  });
  return {
    registry,
    tokens,
    revoke: () => {
      generation += 1;
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}
