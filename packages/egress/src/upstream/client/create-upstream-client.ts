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
  /** The upstream that the operator has for a URL of a registry, which is about this repository. */
  readonly upstreamAt: (url: URL, repository: string) => EgressUpstream | undefined;
  readonly timeouts: PhaseTimeouts;
  readonly retry: RetryDeps;
  readonly now: () => number;
  /** Told of every answer of the upstream, or of where it led. */
  readonly onReply: (reply: Reply) => void;
  readonly onTokenFetch: (outcome: 'ok' | 'error') => void;
  /** It has stopped answering, or begun again; said once each time. */
  readonly onOpen: (reason: string) => void;
  readonly onClose: (openForMs: number) => void;
}

/** The answer to one question, tokens and redirects included, takes at most this many times connect + headers. */
const PATIENCE = 3;
/** A probe that was swallowed must not keep the next one from being sent for long. */
const LONGEST_PROBE_MS = 20_000;

export function createUpstreamClient(
  upstream: EgressUpstream,
  tools: UpstreamClientDeps,
): UpstreamClient {
  const { transport, limits, logins, timeouts, retry, now, onReply, onTokenFetch } = tools;
  const hosts = new Hosts({
    key: upstream.key,
    origin: new URL(upstream.url).origin,
    transport,
    probeLimitMs: Math.min(timeouts.connectMs + timeouts.headersMs, LONGEST_PROBE_MS),
    sleep: retry.sleep,
    now,
    onOpen: tools.onOpen,
    onClose: tools.onClose,
  });
  const steady = withHealth(retrying(transport, retry), hosts);
  const health: Health = upstream.offline ? offlineHealth(upstream.key) : hosts;
  const coolDown = new CoolDown(now);
  const origin = new URL(upstream.url).origin;
  const limitOf = (headersMs: number) => PATIENCE * (timeouts.connectMs + headersMs);
  const late = () =>
    new TransportError('headers', `no whole answer from ${upstream.key} in time`, {
      timedOut: true,
    });

  const counted = limits.counted(steady);
  const withLimit = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withTimeout(limitOf(timeouts.headersMs), undefined, late, work);
  const realms = { origin, transport: counted, hosts, withLimit, onTokenFetch };
  const parties = new Parties({
    logins,
    now,
    partyAt: (url, repository) => partyAt(upstream, tools.upstreamAt, url, repository),
    sendToRealm: (party) => realmSender(realms, party),
    ask: (url) => withLimit((signal) => counted.send({ method: 'GET', url, headers: {}, signal })),
  });

  /** One exchange within the limits; waiting for its turn is no part of the deadline. */
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
        withTimeout(limitOf(headersMs), wanted, late, (signal) => send(count(steady), signal)),
    });

  const client: UpstreamClient = {
    health,
    async fetch(question) {
      const { method, path, repository, headers } = question;
      // Before credentials are looked for, which may go out as well.
      health.admit();
      coolDown.check(upstream.key, question);
      const url = joinUrl(origin, path);
      const headersMs = isOfBlob(question) ? timeouts.blobHeadersMs : timeouts.headersMs;
      const reply = await exchange(question, headersMs, (transport, signal) =>
        sendAcross(
          { transport, toolsFor: (at, of) => parties.toolsFor(at, of) },
          { method, url, headers, headersMs, isPatient: isOfBlob(question), signal },
          repository,
        ),
      );
      coolDown.learn(question, reply);
      onReply(reply);
      return reply;
    },
    async follow(url, question) {
      const { method, headers } = question;
      const headersMs = timeouts.blobHeadersMs;
      const reply = await exchange(question, headersMs, (transport, signal) =>
        sendFollowing(transport, { method, url, headers, headersMs, isPatient: true, signal }),
      );
      return { ...reply, redirected: true };
    },
    pass: (request) => transport.send({ ...request, isOfClient: true }),
    distrust: () => false,
    close: () => steady.close(),
  };
  return withRegistryErrors(client, upstream.key);
}

/** HEAD as well: a registry that scans or caches may take in the blob before it says anything. */
function isOfBlob({ path }: UpstreamRequest): boolean {
  return /\/blobs\/[^/]+$/.test(path);
}
