import { createLogger, type Logger } from '@registry-cache/runtime';
import { BlobFetches } from './cache/fetch/blob-fetches.ts';
import { ChildChecks } from './cache/manifests/child-checks.ts';
import { CheckBackoff } from './cache/memory/check-backoff.ts';
import { ListingMemory } from './cache/memory/listing-memory.ts';
import { RangeCounts } from './cache/memory/range-counts.ts';
import { RecentErrors } from './cache/memory/recent-errors.ts';
import { SingleFlight } from './cache/memory/single-flight.ts';
import { Prefetcher } from './cache/prefetch/prefetcher.ts';
import { type ClientDeps, createClient } from './create-client.ts';
import { createProbe } from './doors/on-demand/probe.ts';
import { createOnDemand } from './doors/on-demand/serve-on-demand.ts';
import { type PassParts, servePass } from './doors/passthrough/serve-pass.ts';
import { OwnRealms } from './doors/passthrough/token-realm.ts';
import { createDoor } from './doors/server/authenticated-handler.ts';
import { type Handler, listen } from './doors/server/listen.ts';
import { servePage } from './doors/server/local-pages.ts';
import { Waiting } from './doors/server/waiting.ts';
import { serveTunnel } from './doors/tunnel/serve-tunnel.ts';
import { createMetrics, type EgressMetrics } from './metrics/metrics.ts';
import { metricsPage } from './metrics/page.ts';
import { type FileEvents, followFiles, readOptions } from './options/files.ts';
import { openContentStore } from './store/content-store.ts';
import { openRevisionStore } from './store/manifests.ts';
import { createCleanerReservations } from './store/reservations/cleaner-reservations.ts';
import { openTagStore } from './store/tags.ts';
import { type RunHelper, runHelper } from './upstream/auth/helper.ts';
import { createLogins, knownLogins } from './upstream/auth/logins.ts';
import { Upstreams } from './upstream/client/upstreams.ts';
import { Limiter } from './upstream/limits/limiter.ts';
import { clientNames, operatorNames } from './wire/names/kinds.ts';
import type { LookupAll } from './wire/transport/connector.ts';
import type { ProxyEnvironment } from './wire/transport/proxy-rules.ts';

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
  const upstreamAt: ClientDeps['upstreamAt'] = (url, repository) => upstreams.at(url, repository);
  const upstreams: Upstreams = new Upstreams((upstream, timeouts) =>
    createClient(upstream, timeouts, {
      world,
      names,
      logins,
      certificateOf,
      limiter,
      metrics,
      log: logger,
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
  const prefetcher = new Prefetcher();
  const parts = {
    refresh: async () => void (await files.options.current()),
    bootSecret: files.bootSecret.current,
    upstreams,
    reservations: createCleanerReservations({
      ...first.reservations,
      storeRoot: first.storeRoot,
      onOutcome: (outcome) => metrics.reservations.inc({ outcome }),
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
      checkBackoff: new CheckBackoff(),
      childChecks: new ChildChecks(),
      singleFlight: new SingleFlight(),
      fetches,
      rangeCounts: new RangeCounts(),
      prefetcher,
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
  logger.info({ port: listeners.port, socket }, 'started');
  return {
    port: listeners.port,
    logger,
    async stop(graceMs) {
      prefetcher.stop();
      await Promise.all([listeners.stop(graceMs), fetches.stop(graceMs)]);
      upstreams.apply({ ...first, upstreams: [] });
    },
  };
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
