import { Agent, type Dispatcher, ProxyAgent } from 'undici';

export interface HttpClientOptions {
  /** The base of the requests' paths, such as `https://127.0.0.1:8443`. */
  readonly url: string;
  /** PEM of the certificates to trust. Default the system's. */
  readonly ca?: string;
  /** The server must have one of the certificates in `ca`, for any name. */
  readonly pinned?: boolean;
  /** Do not check the server's certificate. */
  readonly trustAnyone?: boolean;
  /** Sent as Basic credentials with every request. */
  readonly credentials?: Credentials;
  /** Offer h2 by ALPN. Default HTTP/1.1 only. */
  readonly http2?: boolean;
  /** How long the server may be silent, also while connecting. Default 60 s. */
  readonly idleTimeoutMs?: number;
  /** The way there, by CONNECT. */
  readonly proxy?: {
    readonly url: string;
    /** Shown to the proxy with each CONNECT. */
    readonly credentials?: Credentials;
  };
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface HttpRequestOptions {
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names are in lower case. Repeated headers are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** @throws SyntaxError if the body is not JSON. */
  json(): unknown;
  text(): string;
}

export interface HttpClient extends AsyncDisposable {
  readonly url: string;
  /**
   * Resolves with any status, and does not follow redirects. Rejects if the connection fails or
   * the body ends before its Content-Length.
   */
  request(method: string, path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  get(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  head(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** An HTTP client without retries, redirects or a cache. Close it to end its connections. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agent = createAgent(options);
  const request: HttpClient['request'] = async (method, path, { headers, body, signal } = {}) => {
    const target = new URL(path, options.url);
    const answer = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: method as Dispatcher.HttpMethod,
      headers: { ...basicHeader(options.credentials), ...headers },
      body: body ?? null,
      signal: signal ?? null,
    });
    return readAnswer(answer);
  };
  const close = () => agent.destroy();
  return {
    url: options.url,
    request,
    get: (path, requestOptions) => request('GET', path, requestOptions),
    head: (path, requestOptions) => request('HEAD', path, requestOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createAgent({ idleTimeoutMs = 60_000, proxy, ...options }: HttpClientOptions): Dispatcher {
  const connect = {
    timeout: idleTimeoutMs,
    rejectUnauthorized: options.trustAnyone !== true,
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.pinned && { allowPartialTrustChain: true, checkServerIdentity: () => undefined }),
  };
  const common = {
    allowH2: options.http2 ?? false,
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  };
  if (proxy === undefined) return new Agent({ ...common, connect });
  const { url, credentials } = proxy;
  const token = credentials && { token: basicAuthorization(credentials) };
  return new ProxyAgent({ ...common, uri: url, requestTls: connect, ...token });
}

/** The value of an Authorization header: `Basic …`. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function basicHeader(credentials: Credentials | undefined): Record<string, string> {
  return credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
}

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData) {
  const bytes = Buffer.from(await body.arrayBuffer());
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? '')]),
    ),
    body: bytes,
    text: () => bytes.toString(),
    json: (): unknown => JSON.parse(bytes.toString()),
  };
}
