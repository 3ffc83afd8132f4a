import type { EgressUpstream } from '@registry-cache/domain';
import { withTimeout } from '@registry-cache/runtime';
import { endWith, type Spans } from '../../wire/spans.ts';
import { type PhaseTimeouts, TransportError } from '../../wire/transport/failure.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply, Transport } from '../../wire/transport/transport.ts';
import { sendAuthorized } from '../auth/authorize.ts';
import type { Logins } from '../auth/logins.ts';
import { recipientAt } from '../auth/recipient.ts';
import { Recipients, type RecipientsDeps } from '../auth/recipients.ts';
import { Trials } from '../auth/trials.ts';
import type { Health } from '../health/health.ts';
import { Hosts } from '../health/hosts.ts';
import { offlineHealth } from '../health/offline.ts';
import { withHealth } from '../health/with-health.ts';
import type { UpstreamLimits } from '../limits/limiter.ts';
import { CoolDown } from './cool-down.ts';
import { realmSender } from './realm-sender.ts';
import { sendFollowing } from './redirect.ts';
import { type RetryDeps, retrying } from './retry.ts';
import { sendAcross } from './send-across.ts';
import type { UpstreamClient } from './upstream-client.ts';
import type { UpstreamRequest } from './upstream-request.ts';
import { withRegistryErrors } from './with-registry-errors.ts';

export interface UpstreamClientDeps {
  /** Undefined without tracing. */
  readonly spans?: Spans | undefined;
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

/** The client of one upstream, without its mirrors. */
export function createUpstreamClient(
  upstream: EgressUpstream,
  deps: UpstreamClientDeps,
): UpstreamClient {
  const { limits, timeouts, now } = deps;
  const { origin } = new URL(upstream.url);
  const hosts = createHosts(upstream, deps);
  const health: Health = upstream.offline ? offlineHealth(upstream.key) : hosts;
  const transport = withHealth(retrying(deps.transport, deps.retry), hosts);
  const inTime = timeLimit(upstream.key, timeouts);
  const tokens = describeTokens(upstream, deps, limits.counted(transport), hosts, inTime);
  const recipients = createRecipients(upstream, deps, tokens);
  const trials = new Trials({ origin, now, ...tokens });
  const coolDown = new CoolDown(now);

  /** One exchange within the limits. Its wait for a turn does not count against the deadline. */
  const exchange = (
    { method, weight = 'small', signal }: Pick<UpstreamRequest, 'method' | 'weight' | 'signal'>,
    headersMs: number,
    send: (transport: Transport, signal: AbortSignal) => Promise<Reply>,
  ): Promise<Reply> => {
    const turn = deps.spans?.begin('wait for a turn', { 'registry_cache.weight': weight });
    const exchanged = limits.exchange({
      method,
      weight,
      signal,
      run: (count) => {
        turn?.end();
        return inTime(headersMs, signal, (limited) => send(count(transport), limited));
      },
    });
    return turn === undefined ? exchanged : endWith(turn, exchanged);
  };

  const client: UpstreamClient = {
    health,
    async fetch(request) {
      const { method, path, repository, headers } = request;
      // Checked before the credentials, because a helper may send requests as well.
      health.admit();
      coolDown.check(upstream.key, request);
      const url = joinUrl(origin, path);
      const isPatient = isOfBlob(request);
      const headersMs = isPatient ? timeouts.blobHeadersMs : timeouts.headersMs;
      const reply = await exchange(request, headersMs, (counted, signal) =>
        sendAcross(
          { transport: counted, depsFor: (at, of) => recipients.depsFor(at, of) },
          { method, url, headers, headersMs, isPatient, signal },
          repository,
        ),
      );
      coolDown.learn(request, reply);
      deps.onReply(reply);
      return reply;
    },
    async follow(url, request) {
      const { method, headers } = request;
      const headersMs = timeouts.blobHeadersMs;
      const reply = await exchange(request, headersMs, (counted, signal) =>
        sendFollowing(counted, { method, url, headers, headersMs, isPatient: true, signal }),
      );
      return { ...reply, redirected: true };
    },
    async tryLogin(login, { method, path, repository, headers, signal: outer }) {
      health.admit();
      const url = joinUrl(origin, path);
      let isProven = false;
      const isPatient = path.includes('/blobs/');
      const headersMs = isPatient ? timeouts.blobHeadersMs : timeouts.headersMs;
      const reply = await exchange({ method, signal: outer }, headersMs, (counted, signal) =>
        sendAuthorized(trials.depsFor(login), repository, (authorization) => {
          isProven = authorization !== undefined;
          const all = { ...headers, ...(authorization && { authorization }) };
          // A certificate of ours would have rights of ours. No redirect is followed.
          const sent = { method, url, headers: all, headersMs, isPatient, isOfClient: true };
          return counted.send({ ...sent, signal });
        }),
      );
      return { reply, isProven };
    },
    pass: (request) => deps.transport.send({ ...request, isOfClient: true }),
    distrust: () => false,
    close: () => transport.close(),
  };
  return withRegistryErrors(client, upstream.key);
}

/** Runs work within the time of one request whose headers may take `headersMs`. */
type InTime = <T>(
  headersMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

function timeLimit(key: string, { connectMs }: PhaseTimeouts): InTime {
  const message = `no whole answer from ${key} in time`;
  const late = () => new TransportError('headers', message, { timedOut: true });
  return (headersMs, outer, work) =>
    withTimeout(TIMES_PER_REQUEST * (connectMs + headersMs), outer, late, work);
}

function createHosts(
  { key, url }: EgressUpstream,
  { transport, timeouts, retry, now, onOpen, onClose }: UpstreamClientDeps,
): Hosts {
  return new Hosts({
    key,
    origin: new URL(url).origin,
    transport,
    probeLimitMs: Math.min(timeouts.connectMs + timeouts.headersMs, LONGEST_PROBE_MS),
    sleep: retry.sleep,
    now,
    onOpen,
    onClose,
  });
}

/** The way to token services. */
type Tokens = Pick<RecipientsDeps, 'sendToRealm' | 'ask'>;

/** @param counted the transport of token requests, which wait for no turn. */
function describeTokens(
  upstream: EgressUpstream,
  { timeouts, onTokenFetch, spans }: UpstreamClientDeps,
  counted: Transport,
  hosts: Hosts,
  inTime: InTime,
): Tokens {
  const { origin } = new URL(upstream.url);
  const withLimit = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    inTime(timeouts.headersMs, undefined, work);
  const realms = { origin, transport: counted, hosts, withLimit, onTokenFetch, spans };
  return {
    sendToRealm: (recipient) => realmSender(realms, recipient),
    ask: (url) => withLimit((signal) => counted.send({ method: 'GET', url, headers: {}, signal })),
  };
}

function createRecipients(
  upstream: EgressUpstream,
  { logins, now, upstreamAt }: UpstreamClientDeps,
  tokens: Tokens,
): Recipients {
  return new Recipients({
    logins,
    now,
    recipientAt: (url, repository) => recipientAt(upstream, upstreamAt, url, repository),
    ...tokens,
  });
}

/** Also for HEAD: a registry that scans or caches may fetch the whole blob before it answers. */
function isOfBlob({ path }: UpstreamRequest): boolean {
  return /\/blobs\/[^/]+$/.test(path);
}
