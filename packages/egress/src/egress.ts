import {
  type ClientCertificate,
  createLogger,
  type EgressTimeouts,
  type EgressUpstream,
  formatDuration,
  type Logger,
} from '@registry-cache/domain';
import { RangeCounts } from './answer/range-counts.ts';
import { RecentErrors } from './answer/recent-errors.ts';
import { type RunHelper, runHelper } from './auth/helper.ts';
import { createLogins, knownLogins, type Logins } from './auth/logins.ts';
import { BlobFetches } from './fetch/blob-fetches.ts';
import { Limiter } from './limits/limiter.ts';
import { ListingMemory } from './listing/listing-memory.ts';
import { ChildChecks } from './manifests/child-checks.ts';
import { Flights } from './manifests/flights.ts';
import { createMetrics, type EgressMetrics } from './metrics/metrics.ts';
import { metricsPage } from './metrics/page.ts';
import { parseRateLimit } from './metrics/rate-limit.ts';
import { clientNames, operatorNames } from './names/kinds.ts';
import type { Names } from './names/names.ts';
import { createProbe } from './on-demand/probe.ts';
import { createOnDemand } from './on-demand/serve-on-demand.ts';
import { type FileEvents, followFiles, readOptions } from './options/files.ts';
import { OwnRealms } from './pass/own-realm.ts';
import { type PassParts, servePass } from './pass/serve-pass.ts';
import { Prefetches } from './prefetch/prefetch.ts';
import { createCleanerRoom } from './room/cleaner-room.ts';
import { createDoor } from './server/door.ts';
import { type Handler, listen } from './server/listen.ts';
import { servePage } from './server/local-pages.ts';
import { Waiting } from './server/waiting.ts';
import { openContentStore } from './store/content-store.ts';
import { openRevisionStore } from './store/manifests.ts';
import { openTagStore } from './store/tags.ts';
import { FailedChecks } from './tags/failed-checks.ts';
import type { LookupAll } from './transport/connector.ts';
import type { ProxyEnvironment } from './transport/proxy-rules.ts';
import { createTransport } from './transport/transport.ts';
import { serveTunnel } from './tunnel/serve-tunnel.ts';
import { createUpstreamClient, type UpstreamClient } from './upstream/client.ts';
import { mirrored } from './upstream/mirrored.ts';
import { REAL_RETRY_TOOLS } from './upstream/retry.ts';
import { Upstreams } from './upstream/upstreams.ts';
import { withPrefix } from './upstream/with-prefix.ts';

/** What of the world outside a test may put something else for. */
export interface EgressWorld {
  /** Names the outbound proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: ProxyEnvironment;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly runHelper: RunHelper;
  readonly logger?: Logger;
  /** In place of the system's resolver, for names that the operator chose. */
  readonly lookup?: LookupAll;
  /** In place of DNS, for names that clients choose. */
  readonly clientLookup?: LookupAll;
}

export const REAL_WORLD: EgressWorld = { env: process.env, now: Date.now, runHelper };

export interface Egress {
  readonly port: number;
  readonly logger: Logger;
  /** Takes no more requests, lets running ones go on for up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts egress as the options file says, and follows that file and those it names from then on.
 * Port, socket and the names of the files are those of the start.
 * @throws Error when the options or the boot secret cannot be read, or a listener not be opened.
 */
export async function startEgress(optionsFile: string, world = REAL_WORLD): Promise<Egress> {
  const first = await readOptions(optionsFile);
  const logger = world.logger ?? createLogger('egress', first.logLevel);
  const metrics = createMetrics();
  // The files name the upstreams, whose clients read the credentials among the files.
  const logins = createLogins({
    read: () => files.credentials.current(),
    runHelper: world.runHelper,
    now: world.now,
  });
  const certificateOf = async (id: string) => (await files.clientCertificates.current())[id];
  const limiter = new Limiter();
  const names = {
    operator: operatorNames(world.now, world.lookup),
    client: clientNames(world.now, first.timeouts.connectMs, world.clientLookup),
  };
  let current = first;
  const upstreamAt: ClientParts['upstreamAt'] = (url, repository) => upstreams.at(url, repository);
  const upstreams: Upstreams = new Upstreams((upstream, timeouts) =>
    createClient(upstream, timeouts, {
      world,
      names,
      logins,
      certificateOf,
      limiter,
      metrics,
      logger,
      upstreamAt,
    }),
  );
  const files = await followFiles(optionsFile, first, {
    ...fileEvents(logger, metrics),
    onOptions: (options) => {
      logger.level = options.logLevel;
      current = options;
      limiter.apply(options);
      upstreams.apply(options);
    },
  });

  const store = openContentStore(first.storeRoot);
  await store.removeLeftovers().catch((error: unknown) => {
    logger.warn({ error: messageOf(error) }, 'could not remove what an earlier egress has left');
  });
  const fetches = new BlobFetches();
  const prefetches = new Prefetches();
  const parts = {
    refresh: async () => void (await files.options.current()),
    bootSecret: files.bootSecret.current,
    upstreams,
    room: createCleanerRoom({
      ...first.room,
      storeRoot: first.storeRoot,
      onOutcome: (outcome) => metrics.room.inc({ outcome }),
    }),
    recentErrors: new RecentErrors(world.now, () => current.notFoundMs),
    lists: new ListingMemory(),
    storeRoot: first.storeRoot,
    metrics,
    logger,
    now: world.now,
    options: () => current,
    waiting: new Waiting(),
    cache: {
      store,
      revisions: openRevisionStore(first.storeRoot),
      tags: openTagStore(first.storeRoot),
      failedChecks: new FailedChecks(),
      childChecks: new ChildChecks(),
      flights: new Flights(),
      fetches,
      rangeCounts: new RangeCounts(),
      prefetches,
    },
  };
  const door = createDoor(parts);
  const passParts: PassParts = {
    ...parts,
    realms: new OwnRealms(),
    hasLogin: async (id) => knownLogins(await files.credentials.current(), id),
  };
  const metricsText = async () => metricsPage(metrics, (await files.options.current()).metrics);
  const tunnelWorld = {
    env: world.env,
    lookup: names.client.lookup,
    proxyLookup: names.operator.lookup,
  };
  const onSocket: Handler = async (request, response) => {
    // First: what is passed on may have any path.
    if (await servePass(passParts, request, response)) return;
    if (await servePage(request, response, metricsText)) return;
    if (await serveTunnel(request, response, files.options.current, tunnelWorld)) return;
    await door(request, response, true);
  };
  const { port, socket } = first;
  const onDemand = first.onDemand && {
    socket: first.onDemand.socket,
    handler: createOnDemand({
      ...first.onDemand,
      options: files.options.current,
      probe: createProbe(first.onDemand.ca, first.timeouts, {
        env: world.env,
        lookup: names.client.lookup,
      }),
      logger,
    }),
  };
  const onDefect = (error: unknown) =>
    logger.error({ error: messageOf(error) }, 'request failed by a defect');
  const listeners = await listen({
    port,
    socket,
    onPort: (request, response) => door(request, response, false),
    onSocket,
    onDemand,
    onDefect,
  });
  logger.info({ port: listeners.port, socket }, 'egress listens');
  return {
    port: listeners.port,
    logger,
    async stop(graceMs) {
      prefetches.stop();
      await Promise.all([listeners.stop(graceMs), fetches.stop(graceMs)]);
      upstreams.apply({ ...first, upstreams: [] });
    },
  };
}

interface ClientParts {
  readonly limiter: Limiter;
  readonly world: EgressWorld;
  readonly names: { readonly operator: Names; readonly client: Names };
  readonly logins: Logins;
  readonly certificateOf: (upstreamId: string) => Promise<ClientCertificate | undefined>;
  readonly metrics: EgressMetrics;
  readonly logger: Logger;
  readonly upstreamAt: Upstreams['at'];
}

/** One client for the upstream and all its mirrors. */
function createClient(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  parts: ClientParts,
): UpstreamClient {
  const own = createOne(upstream, timeouts, parts);
  const { mirrors = [], key } = upstream;
  if (mirrors.length === 0 || upstream.offline) return own;
  const { metrics, logger, world } = parts;
  const places = mirrors.map((mirror) => {
    const name = `${mirror.key} for ${key}`;
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
    onLie: (mirror) =>
      logger.warn({ upstream: key, mirror }, 'mirror sent wrong bytes and is left alone'),
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
    logger,
    upstreamAt,
  }: ClientParts,
): UpstreamClient {
  const labels = { upstream: upstream.key };
  const { url, ca, legacyTls, isGuarded, storageHosts } = upstream;
  // What clients may name is looked up apart, wherever it then leads.
  const { lookup } = isGuarded === true ? names.client : names.operator;
  const origin = { origin: url, ca, legacyTls, timeouts, env, lookup, isGuarded, storageHosts };
  const limits = limiter.of(upstream.id, upstream.key);
  metrics.watchLimits(upstream.key, limits);
  metrics.ill.set(labels, 0);
  const client = createUpstreamClient(upstream, {
    transport: createTransport({
      ...origin,
      ...(upstream.hasClientCertificate && { certificate: () => certificateOf(upstream.id) }),
    }),
    limits,
    logins,
    upstreamAt,
    timeouts,
    retry: { ...REAL_RETRY_TOOLS, onRetry: () => metrics.retries.inc(labels) },
    now,
    onReply: ({ headers }) => metrics.showRateLimit(upstream.key, parseRateLimit(headers)),
    onTokenFetch: (outcome) => metrics.tokenFetches.inc({ ...labels, outcome }),
    onIll: (reason) => {
      metrics.ill.set(labels, 1);
      logger.warn({ ...labels, reason }, 'upstream does not answer and is not asked until it does');
    },
    onWell: (illForMs) => {
      metrics.ill.set(labels, 0);
      logger.info({ ...labels, illFor: formatDuration(illForMs) }, 'upstream answers again');
    },
  });
  return withPrefix(client, upstream.repositoryPrefix ?? '');
}

function fileEvents(
  logger: Logger,
  { fileGood }: EgressMetrics,
): Pick<FileEvents, 'onRead' | 'onBroken'> {
  return {
    onRead: (file) => {
      fileGood.set({ file }, 1);
      logger.info({ file }, 'file read');
    },
    onBroken: (file, error) => {
      fileGood.set({ file }, 0);
      logger.error({ file, error: messageOf(error) }, 'kept the last good content of a file');
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
