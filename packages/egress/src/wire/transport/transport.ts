import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ClientCertificate } from '@registry-cache/domain';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
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
  /** Instead of the upstream's own limit. */
  readonly headersMs?: number;
  /** Its answer may begin late without the host being ill. */
  readonly isPatient?: boolean;
  /** A client speaks for itself, so that nothing of the operator's is shown to prove who asks. */
  readonly isOfClient?: boolean;
  readonly signal: AbortSignal;
}

export interface Reply {
  /** Where it came from at last. */
  readonly url: URL;
  /** True where that is not the origin that was asked. */
  readonly redirected: boolean;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Turns names of the upstream's in a text of its own into those of here, where they differ. */
  readonly toOwnNames?: (text: string) => string;
  readonly body: Readable & { dump(options: { limit: number }): Promise<void> };
  /** Milliseconds for which our own limits have held the body back so far; left out where none do. */
  readonly heldBackMs?: () => number;
}

/** One request, one answer: no credentials, no redirects, no second attempt. */
export interface Transport {
  /** @throws TransportError when no answer came. */
  send(request: OutboundRequest): Promise<Reply>;
  /** Resolves when what runs has ended. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** The upstream's own URL: what the operator chose and the guard does not question. */
  readonly origin: string;
  readonly ca: string;
  /** Also talks to servers without secure renegotiation (RFC 5746). */
  readonly legacyTls?: boolean | undefined;
  /** What the upstream itself is shown, and no other origin. Asked for anew each time. */
  readonly certificate?: () => Promise<ClientCertificate | undefined>;
  readonly timeouts: PhaseTimeouts;
  readonly env: ProxyEnvironment;
  readonly lookup: LookupAll;
  /** The guard questions the upstream's own addresses too: no operator chose them. */
  readonly isGuarded?: boolean | undefined;
  /** Hosts and networks that the upstream may lead to although they are private. */
  readonly storageHosts?: readonly string[] | undefined;
}

/** The connections of one upstream: to itself, and guarded ones to wherever it leads. */
export function createTransport(settings: TransportOptions): Transport {
  const { timeouts, env } = settings;
  const isGuarded = settings.isGuarded === true;
  const guard = new AddressGuard({ storageHosts: settings.storageHosts ?? [], isGuarded });
  const dispatchers = new Dispatchers();
  const origin = new URL(settings.origin).origin;

  const dispatcherFor = (url: URL, shown: ClientCertificate | undefined): Dispatcher => {
    const own = url.origin === origin && !isGuarded;
    const proxy = proxyFor(url, env);
    // Behind a proxy the name is resolved there; what can be judged here is a literal.
    if (proxy !== undefined) guard.checkLiteral(url.hostname, own);
    const way = proxy === undefined ? `direct ${own}` : `proxy ${sha256(proxy)}`;
    // What is shown to the upstream must not be shown to where it leads.
    const place = `${way} ${url.protocol} ${shown !== undefined}`;
    const version = shown === undefined ? '' : sha256(shown.cert + shown.key);
    return dispatchers.get(place, version, () =>
      proxy === undefined
        ? direct(settings, guard, own, url, shown)
        : proxied(settings, proxy, shown),
    );
  };

  const certificateFor = async ({ url, isOfClient }: OutboundRequest) =>
    url.protocol === 'https:' && url.origin === origin && isOfClient !== true
      ? settings.certificate?.()
      : undefined;

  return {
    async send(request) {
      const { method, url, headers, body, headersMs = timeouts.headersMs, signal } = request;
      try {
        const reply = await dispatcherFor(url, await certificateFor(request)).request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: method as Dispatcher.HttpMethod,
          // A client's own exchange has that of the client.
          headers: { 'user-agent': USER_AGENT, ...headers },
          body: body ?? null,
          signal,
          headersTimeout: headersMs,
          bodyTimeout: timeouts.idleMs,
        });
        // A body that fails while nobody reads it must not end the process; readers still hear of it.
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
        const place = proxied ? `${url.host}, through the outbound proxy,` : url.host;
        throw toTransportError(error, place, { ...timeouts, headersMs });
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
  own: boolean,
  { protocol }: URL,
  shown: ClientCertificate | undefined,
): Dispatcher {
  const secureContext = protocol === 'https:' ? trustContext({ ca, legacyTls, shown }) : undefined;
  const { connectMs } = timeouts;
  const connect = guardedConnector({ guard, own, lookup, connectMs, secureContext });
  return new Agent({ ...CONNECTIONS, connect });
}

function proxied(
  { ca, timeouts, lookup, legacyTls }: TransportOptions,
  uri: string,
  shown: ClientCertificate | undefined,
): Dispatcher {
  const tls = { timeout: timeouts.connectMs, allowH2: false };
  return new ProxyAgent({
    ...CONNECTIONS,
    uri,
    headers: { 'user-agent': USER_AGENT },
    requestTls: { ...tls, secureContext: trustContext({ ca, legacyTls, shown }) },
    proxyTls: { ...tls, secureContext: trustContext({ ca }), lookup: oneOrAll(lookup) },
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
