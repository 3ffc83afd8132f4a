import {
  type ClientCertificate,
  type EgressMirror,
  type EgressTimeouts,
  type EgressUpstream,
  formatDuration,
} from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { EgressMetrics } from './metrics/metrics.ts';
import { parseRateLimit } from './metrics/rate-limit.ts';
import type { UpstreamStates } from './metrics/upstream-states.ts';
import type { Logins } from './upstream/auth/logins.ts';
import { createUpstreamClient } from './upstream/client/create-upstream-client.ts';
import { mirrored } from './upstream/client/mirrored.ts';
import { DEFAULT_RETRY } from './upstream/client/retry.ts';
import type { UpstreamClient } from './upstream/client/upstream-client.ts';
import type { Upstreams } from './upstream/client/upstreams.ts';
import { withPrefix } from './upstream/client/with-prefix.ts';
import type { Limiter } from './upstream/limits/limiter.ts';
import { peered } from './upstream/peers/peered.ts';
import type { Peers } from './upstream/peers/peers.ts';
import type { DnsCache } from './wire/dns/dns-cache.ts';
import type { Spans } from './wire/spans.ts';
import type { ProxyEnvironment } from './wire/transport/proxy-rules.ts';
import { traced } from './wire/transport/traced-transport.ts';
import { createTransport } from './wire/transport/transport.ts';

/** Everything that the clients of all upstreams share. */
export interface ClientDeps {
  readonly limiter: Limiter;
  readonly env: ProxyEnvironment;
  readonly now: () => number;
  readonly dns: { readonly operator: DnsCache; readonly client: DnsCache };
  readonly logins: Logins;
  readonly certificateOf: (upstreamId: string) => Promise<ClientCertificate | undefined>;
  readonly metrics: EgressMetrics;
  readonly states: UpstreamStates;
  readonly log: Logger;
  readonly upstreamAt: Upstreams['at'];
  /** Replicas that are asked first; undefined if there are none. */
  readonly peers: Peers | undefined;
  /** Undefined without tracing. */
  readonly traces: ClientTraces | undefined;
}

/** How the requests to upstreams are traced. */
export interface ClientTraces {
  readonly spans: Spans;
  /** Names the current span to another program; undefined outside of a trace. */
  readonly traceparent: () => string | undefined;
  /** Whether upstreams learn it. Replicas always do. */
  readonly toUpstreams: boolean;
}

/** The names of an upstream and its mirrors in messages and metrics. */
export function endpointNames({ key, mirrors = [] }: EgressUpstream): string[] {
  return [key, ...mirrors.map((mirror) => mirrorName(mirror, key))];
}

/** The mirrors of an upstream and the upstream itself, in the order in which they are asked. */
export function endpointsOf(upstream: EgressUpstream): EgressUpstream[] {
  const { mirrors = [] } = upstream;
  return [...mirrors.map((mirror) => mirrorAsUpstream(upstream, mirror)), upstream];
}

function mirrorAsUpstream(upstream: EgressUpstream, mirror: EgressMirror): EgressUpstream {
  const { repositoryPrefix } = mirror;
  // A mirror gets no secret of the upstream: no client certificate, no login of a token service.
  const withoutSecrets = { hasClientCertificate: false, realms: [] };
  const key = mirrorName(mirror, upstream.key);
  return { ...upstream, ...mirror, key, repositoryPrefix, ...withoutSecrets };
}

function mirrorName(mirror: EgressMirror, upstreamKey: string): string {
  return `${mirror.key} for ${upstreamKey}`;
}

/** One client for the upstream, its mirrors and the replicas that are asked first. */
export function createClient(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  deps: ClientDeps,
): UpstreamClient {
  const outside = createOutside(upstream, timeouts, deps);
  const { peers, traces } = deps;
  const { id, key } = upstream;
  return peers === undefined ? outside : peered(outside, peers, { id, key, timeouts }, traces);
}

/** One client for the upstream and all its mirrors. */
function createOutside(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  deps: ClientDeps,
): UpstreamClient {
  const own = createOne(upstream, timeouts, deps);
  const { mirrors = [], key } = upstream;
  if (mirrors.length === 0 || upstream.offline) return own;
  const { metrics, log, now } = deps;
  const endpoints = mirrors.map((mirror) => {
    const asUpstream = mirrorAsUpstream(upstream, mirror);
    return { name: asUpstream.key, client: createOne(asUpstream, timeouts, deps) };
  });
  return mirrored({ name: key, client: own }, endpoints, {
    now,
    onMiss: (mirror, reason) => metrics.mirrorMisses.inc({ upstream: key, mirror, reason }),
    onWrongBytes: (mirror) =>
      log.warn({ upstream: key, mirror }, 'mirror sent wrong bytes and is left alone'),
  });
}

function createOne(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  deps: ClientDeps,
): UpstreamClient {
  const { env, now, dns, logins, certificateOf, limiter, metrics, states, log, upstreamAt } = deps;
  const { traces } = deps;
  const labels = { upstream: upstream.key };
  const { url, ca, legacyTls, isGuarded, storageHosts } = upstream;
  // An upstream that clients may name uses their own cache of names, also for redirects.
  const { lookup } = isGuarded === true ? dns.client : dns.operator;
  const origin = { origin: url, ca, legacyTls, timeouts, env, lookup, isGuarded, storageHosts };
  const limits = limiter.of(upstream.id, upstream.key);
  metrics.watchLimits(upstream.key, limits);
  metrics.showUp(upstream.key, true);
  states.begin(upstream.key, upstream.offline);
  const transport = createTransport({
    ...origin,
    ...(upstream.hasClientCertificate && { certificate: () => certificateOf(upstream.id) }),
  });
  const client = createUpstreamClient(upstream, {
    transport:
      traces === undefined
        ? transport
        : traced(transport, { ...traces, origin: new URL(url).origin }),
    spans: traces?.spans,
    limits,
    logins,
    upstreamAt,
    timeouts,
    retry: { ...DEFAULT_RETRY, onRetry: () => metrics.retries.inc(labels) },
    now,
    onReply: ({ headers }) => {
      const limit = parseRateLimit(headers);
      metrics.showRateLimit(upstream.key, limit);
      states.showRateLimit(upstream.key, limit);
    },
    onTokenFetch: (outcome) => metrics.tokenFetches.inc({ ...labels, outcome }),
    onOpen: (reason) => {
      metrics.showUp(upstream.key, false);
      states.showDown(upstream.key, reason);
      log.warn({ ...labels, reason }, 'upstream does not answer and is not asked until it does');
    },
    onClose: (openForMs) => {
      metrics.showUp(upstream.key, true);
      states.showUp(upstream.key);
      log.info({ ...labels, downFor: formatDuration(openForMs) }, 'upstream answers again');
    },
  });
  return withPrefix(client, upstream.repositoryPrefix ?? '');
}
