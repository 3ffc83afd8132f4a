import { Agent } from 'node:http';
import { gaxios } from 'google-auth-library';
import type { Send } from '../send.ts';

/** With this variable Google's library would print whole answers, tokens included. */
delete process.env.GOOGLE_SDK_NODE_LOGGING;

withoutRetries(gaxios.instance);

type Options = NonNullable<ConstructorParameters<typeof gaxios.Gaxios>[0]>;

/**
 * A transport of Google's library that sends by `send`. The library asks the metadata server by a
 * transport that all its clients share, which gets the same way.
 */
export function openTransport(send: Send): gaxios.Gaxios {
  const defaults: Options = {
    fetchImplementation: (async (input: string | URL | Request, init: RequestInit = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const { signal } = init;
      const reply = await send(
        {
          method: init.method ?? 'GET',
          url,
          headers: Object.fromEntries(new Headers(init.headers)),
          ...(init.body ? { body: String(init.body) } : {}),
        },
        signal ?? new AbortController().signal,
      );
      return new Response(reply.body, { status: reply.status, headers: { ...reply.headers } });
    }) as NonNullable<Options['fetchImplementation']>,
    // Not used. Without one the library loads an agent for the proxy of its own choice.
    agent: new Agent(),
  };
  gaxios.instance.defaults = defaults;
  return withoutRetries(new gaxios.Gaxios(defaults));
}

/** `send` tries again by itself. Both together would ask a broken service a dozen times. */
function withoutRetries(transport: gaxios.Gaxios): gaxios.Gaxios {
  transport.interceptors.request.add({
    resolved: async (options) => ({
      ...options,
      retry: false,
      retryConfig: { retry: 0, noResponseRetries: 0 },
    }),
  });
  return transport;
}
