/** The part of a request of AWS's SDK that is sent. */
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

interface SdkResponse<Body> {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Body;
}

/** Sends one signed request. @throws Error if no answer came. */
type SdkSend<Body> = (
  request: SdkRequest,
  url: URL,
  signal: AbortSignal,
) => Promise<SdkResponse<Body>>;

/** A request handler for clients of AWS's SDK, also for their requests to STS. It sends by `send`. */
export function openSdkHandler<Body>(send: SdkSend<Body>) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
      const signal =
        abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      return { response: await send(request, urlOf(request), signal) };
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
