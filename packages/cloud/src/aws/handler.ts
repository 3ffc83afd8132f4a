import type { Send } from '../send.ts';

/** The part of a request of the SDK that is sent. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Sends the requests of the SDK, also those to STS, by `send`. */
export function openHandler(send: Send) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(
      request: SdkRequest,
      { abortSignal }: { abortSignal?: unknown } = {},
    ): Promise<{ response: SdkResponse }> {
      const signal =
        abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      const { host: _, 'content-length': __, ...headers } = request.headers;
      const reply = await send(
        { method: request.method, url: urlOf(request), headers, ...bodyOf(request.body) },
        signal,
      );
      return {
        response: {
          statusCode: reply.status,
          headers: { ...reply.headers },
          body: Buffer.from(reply.body, 'utf8'),
        },
      };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value ?? ''])
      url.searchParams.append(name, one);
  }
  return url;
}

function bodyOf(body: unknown): { body?: string } {
  if (typeof body === 'string') return { body };
  return body instanceof Uint8Array ? { body: new TextDecoder().decode(body) } : {};
}
