import type { EgressUpstream } from '@registry-cache/domain';
import { withTimeout } from '@registry-cache/runtime';
import { type PhaseTimeouts, TransportError } from '../../wire/transport/failure.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply, Transport } from '../../wire/transport/transport.ts';
import type { Logins } from '../auth/logins.ts';
import { Parties } from '../auth/parties.ts';
import { partyAt } from '../auth/party.ts';
import type { Health } from '../health/health.ts';
import { Hosts } from '../health/hosts.ts';
import { offlineHealth } from '../health/offline.ts';
import { withHealth } from '../health/with-health.ts';
import type { UpstreamLimits } from '../limits/limiter.ts';
import { sendAcross } from './across.ts';
import { CoolDown } from './cool-down.ts';
import { realmSender } from './realm-sender.ts';
import { sendFollowing } from './redirect.ts';
import { type RetryDeps, retrying } from './retry.ts';
import type { UpstreamClient } from './upstream-client.ts';
import type { UpstreamRequest } from './upstream-request.ts';
import { withRegistryErrors } from './with-registry-errors.ts';

export interface UpstreamClientDeps {
  readonly transport: Transport;
  readonly limits: UpstreamLimits;
  readonly logins: Logins;
  /** The operator's upstream for a URL of a registry and a repository. */
  readonly upstreamAt: (url: URL, repository: string) => EgressUpstream | undefined;
  readonly timeouts: PhaseTimeouts;
  readonly retry: RetryDeps;
  readonly now: () => number;
  /** Called for every answer of the upstream, or of a host that it led to. */
  readonly onReply: (reply: Reply) => void;
  readonly onTokenFetch: (outcome: 'ok' | 'error') => void;
  /** The circuit of the upstream has opened, or closed. */
  readonly onOpen: (reason: string) => void;
  readonly onClose: (openForMs: number) => void;
}

/** One request with its tokens and redirects may take this many times the connect + headers time. */
const TIMES_PER_REQUEST = 3;
/** A probe whose packets are lost must not delay the next one for long. */
const LONGEST_PROBE_MS = 20_000;

export function createUpstreamClient(
  upstream: EgressUpstream,
  deps: UpstreamClientDeps,
): UpstreamClient {
  const { transport, limits, logins, timeouts, retry, now, onReply, onTokenFetch } = deps;
  const hosts = new Hosts({
    key: upstream.key,
    origin: new URL(upstream.url).origin,
    transport,
    probeLimitMs: Math.min(timeouts.connectMs + timeouts.headersMs, LONGEST_PROBE_MS),
    sleep: retry.sleep,
    now,
    onOpen: deps.onOpen,
    onClose: deps.onClose,
  });
  const retried = withHealth(retrying(transport, retry), hosts);
  const health: Health = upstream.offline ? offlineHealth(upstream.key) : hosts;
  const coolDown = new CoolDown(now);
  const origin = new URL(upstream.url).origin;
  const limitOf = (headersMs: number) => TIMES_PER_REQUEST * (timeouts.connectMs + headersMs);
  const late = () =>
    new TransportError('headers', `no whole answer from ${upstream.key} in time`, {
      timedOut: true,
    });

  const counted = limits.counted(retried);
  const withLimit = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withTimeout(limitOf(timeouts.headersMs), undefined, late, work);
  const realms = { origin, transport: counted, hosts, withLimit, onTokenFetch };
  const parties = new Parties({
    logins,
    now,
    partyAt: (url, repository) => partyAt(upstream, deps.upstreamAt, url, repository),
    sendToRealm: (party) => realmSender(realms, party),
    ask: (url) => withLimit((signal) => counted.send({ method: 'GET', url, headers: {}, signal })),
  });

  /** One exchange within the limits. Its wait for a turn does not count against the deadline. */
  const exchange = (
    {
      method,
      weight = 'small',
      signal: wanted,
    }: Pick<UpstreamRequest, 'method' | 'weight' | 'signal'>,
    headersMs: number,
    send: (transport: Transport, signal: AbortSignal) => Promise<Reply>,
  ): Promise<Reply> =>
    limits.exchange({
      method,
      weight,
      signal: wanted,
      run: (count) =>
        withTimeout(limitOf(headersMs), wanted, late, (signal) => send(count(retried), signal)),
    });

  const client: UpstreamClient = {
    health,
    async fetch(request) {
      const { method, path, repository, headers } = request;
      // Checked before the credentials, because a helper may send requests as well.
      health.admit();
      coolDown.check(upstream.key, request);
      const url = joinUrl(origin, path);
      const headersMs = isOfBlob(request) ? timeouts.blobHeadersMs : timeouts.headersMs;
      const reply = await exchange(request, headersMs, (transport, signal) =>
        sendAcross(
          { transport, depsFor: (at, of) => parties.depsFor(at, of) },
          { method, url, headers, headersMs, isPatient: isOfBlob(request), signal },
          repository,
        ),
      );
      coolDown.learn(request, reply);
      onReply(reply);
      return reply;
    },
    async follow(url, request) {
      const { method, headers } = request;
      const headersMs = timeouts.blobHeadersMs;
      const reply = await exchange(request, headersMs, (transport, signal) =>
        sendFollowing(transport, { method, url, headers, headersMs, isPatient: true, signal }),
      );
      return { ...reply, redirected: true };
    },
    pass: (request) => transport.send({ ...request, isOfClient: true }),
    distrust: () => false,
    close: () => retried.close(),
  };
  return withRegistryErrors(client, upstream.key);
}

/** Also for HEAD: a registry that scans or caches may fetch the whole blob before it answers. */
function isOfBlob({ path }: UpstreamRequest): boolean {
  return /\/blobs\/[^/]+$/.test(path);
}
