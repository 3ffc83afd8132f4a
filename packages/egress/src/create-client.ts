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
import type { Logins } from './upstream/auth/logins.ts';
import { createUpstreamClient } from './upstream/client/create-upstream-client.ts';
import { mirrored } from './upstream/client/mirrored.ts';
import { DEFAULT_RETRY } from './upstream/client/retry.ts';
import type { UpstreamClient } from './upstream/client/upstream-client.ts';
import type { Upstreams } from './upstream/client/upstreams.ts';
import { withPrefix } from './upstream/client/with-prefix.ts';
import type { Limiter } from './upstream/limits/limiter.ts';
import type { Names } from './wire/names/names.ts';
import type { ProxyEnvironment } from './wire/transport/proxy-rules.ts';
import { createTransport } from './wire/transport/transport.ts';

/** What all clients share, and what they report to. */
export interface ClientDeps {
  readonly limiter: Limiter;
  readonly world: { readonly env: ProxyEnvironment; readonly now: () => number };
  readonly names: { readonly operator: Names; readonly client: Names };
  readonly logins: Logins;
  readonly certificateOf: (upstreamId: string) => Promise<ClientCertificate | undefined>;
  readonly metrics: EgressMetrics;
  readonly log: Logger;
  readonly upstreamAt: Upstreams['at'];
}

/** The names of an upstream and its mirrors in messages and metrics. */
export function endpointNames({ key, mirrors = [] }: EgressUpstream): string[] {
  return [key, ...mirrors.map((mirror) => mirrorName(mirror, key))];
}

function mirrorName(mirror: EgressMirror, upstreamKey: string): string {
  return `${mirror.key} for ${upstreamKey}`;
}

/** One client for the upstream and all its mirrors. */
export function createClient(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  parts: ClientDeps,
): UpstreamClient {
  const own = createOne(upstream, timeouts, parts);
  const { mirrors = [], key } = upstream;
  if (mirrors.length === 0 || upstream.offline) return own;
  const { metrics, log, world } = parts;
  const places = mirrors.map((mirror) => {
    const name = mirrorName(mirror, key);
    const { repositoryPrefix } = mirror;
    // What is the upstream's own stays with it: certificate, logins of its token services.
    const secrets = { hasClientCertificate: false, realms: [] };
    const asked = { ...upstream, ...mirror, key: name, repositoryPrefix, ...secrets };
    const client = createOne(asked, timeouts, parts);
    return { name, client };
  });
  return mirrored({ name: key, client: own }, places, {
    now: world.now,
    onMiss: (mirror, reason) => metrics.mirrorMisses.inc({ upstream: key, mirror, reason }),
    onWrongBytes: (mirror) =>
      log.warn({ upstream: key, mirror }, 'mirror sent wrong bytes and is left alone'),
  });
}

function createOne(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  {
    world: { env, now },
    names,
    logins,
    certificateOf,
    limiter,
    metrics,
    log,
    upstreamAt,
  }: ClientDeps,
): UpstreamClient {
  const labels = { upstream: upstream.key };
  const { url, ca, legacyTls, isGuarded, storageHosts } = upstream;
  // What clients may name is looked up apart, wherever it then leads.
  const { lookup } = isGuarded === true ? names.client : names.operator;
  const origin = { origin: url, ca, legacyTls, timeouts, env, lookup, isGuarded, storageHosts };
  const limits = limiter.of(upstream.id, upstream.key);
  metrics.watchLimits(upstream.key, limits);
  metrics.up.set(labels, 1);
  const client = createUpstreamClient(upstream, {
    transport: createTransport({
      ...origin,
      ...(upstream.hasClientCertificate && { certificate: () => certificateOf(upstream.id) }),
    }),
    limits,
    logins,
    upstreamAt,
    timeouts,
    retry: { ...DEFAULT_RETRY, onRetry: () => metrics.retries.inc(labels) },
    now,
    onReply: ({ headers }) => metrics.showRateLimit(upstream.key, parseRateLimit(headers)),
    onTokenFetch: (outcome) => metrics.tokenFetches.inc({ ...labels, outcome }),
    onOpen: (reason) => {
      metrics.up.set(labels, 0);
      log.warn({ ...labels, reason }, 'upstream does not answer and is not asked until it does');
    },
    onClose: (openForMs) => {
      metrics.up.set(labels, 1);
      log.info({ ...labels, downFor: formatDuration(openForMs) }, 'upstream answers again');
    },
  });
  return withPrefix(client, upstream.repositoryPrefix ?? '');
}
