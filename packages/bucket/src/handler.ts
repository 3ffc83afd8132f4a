import type { Readable } from 'node:stream';

/** One request of the SDK, signed. */
export interface BucketRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

export interface BucketReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Sends one request and follows no redirect. @throws Error if no answer came. */
export type BucketSend = (request: BucketRequest, signal: AbortSignal) => Promise<BucketReply>;

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

/** The transport sets the host, and waits for no `100 Continue`. Neither changes the signature. */
const LEFT_OUT = new Set(['host', 'expect']);

/** Sends the requests of the SDK, also those to STS, by `send`. */
export function openHandler(send: BucketSend) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
      const signal =
        abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !LEFT_OUT.has(name.toLowerCase())),
      );
      const body = bodyOf(request.body);
      const { status, ...reply } = await send(
        {
          method: request.method,
          url: urlOf(request),
          headers,
          ...(body !== undefined && { body }),
        },
        signal,
      );
      return { response: { statusCode: status, ...reply } };
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

function bodyOf(body: unknown): string | Readable | undefined {
  if (body === undefined || body === null || typeof body === 'string') return body ?? undefined;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return body as Readable;
}
