import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ClientCertificate } from '@registry-cache/domain';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { BODY_BUFFER_BYTES } from '../body/gathered.ts';
import { guardedConnector, type LookupAll, oneOrAll } from './connector.ts';
import { Dispatchers } from './dispatchers.ts';
import { type PhaseTimeouts, toTransportError } from './failure.ts';
import { AddressGuard } from './guard.ts';
import { type ProxyEnvironment, proxyFor } from './proxy-rules.ts';
import { trustContext } from './trust.ts';
import { USER_AGENT } from './user-agent.ts';

export interface OutboundRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  /** Time limit for the headers, instead of the upstream's own. */
  readonly headersMs?: number;
  /** The answer may begin late. That is no sign that the host is down. */
  readonly isPatient?: boolean;
  /** A client's own request. The operator's client certificate is not used for it. */
  readonly isOfClient?: boolean;
  /** How many times it was sent before; left out for the first time. */
  readonly resends?: number;
  readonly signal: AbortSignal;
}

export interface Reply {
  /** The URL of this answer, after redirects. */
  readonly url: URL;
  /** True if another origin than the requested one answered. */
  readonly redirected: boolean;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Replaces repository names of the upstream in a text by those used here, if they differ. */
  readonly toOwnNames?: (text: string) => string;
  readonly body: Readable & { dump(options: { limit: number }): Promise<void> };
  /** Whether another replica answered. */
  readonly isOfPeer?: true;
  /** Whether the bucket answered. */
  readonly isOfBucket?: true;
  /** Of a peer: milliseconds since the upstream confirmed the tag that was asked for. */
  readonly confirmedMsAgo?: number | undefined;
  /** Milliseconds for which our own limits have held the body back. Absent without such limits. */
  readonly heldBackMs?: () => number;
}

/** Sends one request and returns one answer, without credentials, redirects or retries. */
export interface Transport {
  /** @throws TransportError if no answer came. */
  send(request: OutboundRequest): Promise<Reply>;
  /** Resolves when all requests have ended. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** The upstream's own URL. The operator chose it, so the guard does not check it. */
  readonly origin: string;
  readonly ca: string;
  /** Also connects to servers without secure renegotiation (RFC 5746). */
  readonly legacyTls?: boolean | undefined;
  /** The client certificate for the upstream's own origin. Read anew each time. */
  readonly certificate?: () => Promise<ClientCertificate | undefined>;
  readonly timeouts: PhaseTimeouts;
  readonly env: ProxyEnvironment;
  readonly lookup: LookupAll;
  /** The guard checks the upstream's own addresses too, because no operator chose them. */
  readonly isGuarded?: boolean | undefined;
  /** Private hosts and networks that the upstream may lead to. */
  readonly storageHosts?: readonly string[] | undefined;
}

/** The connections of one upstream: to itself, and guarded ones to hosts that it leads to. */
export function createTransport(options: TransportOptions): Transport {
  const { timeouts, env } = options;
  const isGuarded = options.isGuarded === true;
  const guard = new AddressGuard({ storageHosts: options.storageHosts ?? [], isGuarded });
  const dispatchers = new Dispatchers();
  const origin = new URL(options.origin).origin;

  const dispatcherFor = (url: URL, certificate: ClientCertificate | undefined): Dispatcher => {
    const isOwn = url.origin === origin && !isGuarded;
    const proxy = proxyFor(url, env);
    // The proxy resolves names itself, so only a literal address can be checked here.
    if (proxy !== undefined) guard.checkLiteral(url.hostname, isOwn);
    const route = proxy === undefined ? `direct ${isOwn}` : `proxy ${sha256(proxy)}`;
    // The certificate for the upstream must not be sent to other hosts.
    const key = `${route} ${url.protocol} ${certificate !== undefined}`;
    const version = certificate === undefined ? '' : sha256(certificate.cert + certificate.key);
    return dispatchers.get(key, version, () =>
      proxy === undefined
        ? direct(options, guard, isOwn, url, certificate)
        : proxied(options, proxy, certificate),
    );
  };

  const certificateFor = async ({ url, isOfClient }: OutboundRequest) =>
    url.protocol === 'https:' && url.origin === origin && isOfClient !== true
      ? options.certificate?.()
      : undefined;

  return {
    async send(request) {
      const { method, url, headers, body, headersMs = timeouts.headersMs, signal } = request;
      try {
        const reply = await dispatcherFor(url, await certificateFor(request)).request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: method as Dispatcher.HttpMethod,
          // A client's own request has the client's user agent.
          headers: { 'user-agent': USER_AGENT, ...headers },
          body: body ?? null,
          signal,
          headersTimeout: headersMs,
          bodyTimeout: timeouts.idleMs,
          highWaterMark: BODY_BUFFER_BYTES,
        });
        // A body may fail while it is not read. That must not end the process; readers still get it.
        reply.body.on('error', () => undefined);
        return {
          url,
          redirected: false,
          status: reply.statusCode,
          headers: reply.headers,
          body: reply.body,
        };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const proxied = proxyFor(url, env) !== undefined;
        const where = proxied ? `${url.host}, through the outbound proxy,` : url.host;
        throw toTransportError(error, where, { ...timeouts, headersMs });
      }
    },
    close: () => dispatchers.close(),
  };
}

const CONNECTIONS = {
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 120_000,
  allowH2: false,
  /** Portals in front of registries send more cookies and policies than Node's own 16 KiB. */
  maxHeaderSize: 65_536,
};

function direct(
  { ca, timeouts, lookup, legacyTls }: TransportOptions,
  guard: AddressGuard,
  isOwn: boolean,
  { protocol }: URL,
  certificate: ClientCertificate | undefined,
): Dispatcher {
  const secureContext =
    protocol === 'https:' ? trustContext({ ca, legacyTls, certificate }) : undefined;
  const { connectMs } = timeouts;
  const connect = guardedConnector({ guard, isOwn, lookup, connectMs, secureContext });
  return new Agent({ ...CONNECTIONS, connect });
}

function proxied(
  { ca, timeouts, lookup, legacyTls }: TransportOptions,
  uri: string,
  certificate: ClientCertificate | undefined,
): Dispatcher {
  const tls = { timeout: timeouts.connectMs, allowH2: false };
  return new ProxyAgent({
    ...CONNECTIONS,
    uri,
    headers: { 'user-agent': USER_AGENT },
    requestTls: { ...tls, secureContext: trustContext({ ca, legacyTls, certificate }) },
    proxyTls: { ...tls, secureContext: trustContext({ ca }), lookup: oneOrAll(lookup) },
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
