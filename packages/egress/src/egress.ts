import { createLogger, type Logger, SingleFlight } from '@registry-cache/runtime';
import { BlobFetches } from './cache/fetch/blob-fetches.ts';
import { ChildChecks } from './cache/manifests/child-checks.ts';
import type { StoredManifest } from './cache/manifests/stored-manifest.ts';
import { CheckBackoff } from './cache/memory/check-backoff.ts';
import { ListingMemory } from './cache/memory/listing-memory.ts';
import { RangeCounts } from './cache/memory/range-counts.ts';
import { RecentErrors } from './cache/memory/recent-errors.ts';
import { Prefetcher } from './cache/prefetch/prefetcher.ts';
import { type ClientDeps, createClient } from './create-client.ts';
import { createProbe } from './doors/on-demand/probe.ts';
import { createOnDemand } from './doors/on-demand/serve-on-demand.ts';
import { type PassDeps, servePass } from './doors/passthrough/serve-pass.ts';
import { TokenRealms } from './doors/passthrough/token-realm.ts';
import { createAuthenticatedHandler } from './doors/server/authenticated-handler.ts';
import type { Handler } from './doors/server/handler.ts';
import { listen } from './doors/server/listen.ts';
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

/** External dependencies that tests replace. */
export interface EgressDeps {
  /** Names the outbound proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: ProxyEnvironment;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly runHelper: RunHelper;
  readonly log?: Logger;
  /** In place of the system's resolver, for names that the operator chose. */
  readonly lookup?: LookupAll;
  /** In place of DNS, for names that clients choose. */
  readonly clientLookup?: LookupAll;
}

export const REAL_DEPS: EgressDeps = { env: process.env, now: Date.now, runHelper };

export interface Egress {
  readonly port: number;
  readonly log: Logger;
  /** Takes no more requests, lets running ones go on for up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts egress as the options file says, and follows that file and those it names from then on.
 * Port, socket and the names of the files are those of the start.
 * @throws Error when the options or the boot secret cannot be read, or a listener not be opened.
 */
export async function startEgress(optionsFile: string, deps = REAL_DEPS): Promise<Egress> {
  const first = await readOptions(optionsFile);
  const log = deps.log ?? createLogger('egress', first.logLevel);
  const metrics = createMetrics();
  // The files name the upstreams, whose clients read the credentials among the files.
  const logins = createLogins({
    read: () => files.credentials.current(),
    runHelper: deps.runHelper,
    now: deps.now,
  });
  const certificateOf = async (id: string) => (await files.clientCertificates.current())[id];
  const limiter = new Limiter();
  const names = {
    operator: operatorNames(deps.now, deps.lookup),
    client: clientNames(deps.now, first.timeouts.connectMs, deps.clientLookup),
  };
  let current = first;
  const upstreamAt: ClientDeps['upstreamAt'] = (url, repository) => upstreams.at(url, repository);
  const upstreams: Upstreams = new Upstreams((upstream, timeouts) =>
    createClient(upstream, timeouts, {
      world: deps,
      names,
      logins,
      certificateOf,
      limiter,
      metrics,
      log,
      upstreamAt,
    }),
  );
  const files = await followFiles(optionsFile, first, {
    ...fileEvents(log, metrics),
    onOptions: (options) => {
      log.level = options.logLevel;
      current = options;
      limiter.apply(options);
      upstreams.apply(options);
    },
  });

  const store = openContentStore(first.storeRoot);
  await store.removeLeftovers().catch((error: unknown) => {
    log.warn({ err: messageOf(error) }, 'could not remove what an earlier egress has left');
  });
  const fetches = new BlobFetches();
  const prefetcher = new Prefetcher();
  const handlerDeps = {
    refresh: async () => void (await files.options.current()),
    bootSecret: files.bootSecret.current,
    upstreams,
    reservations: createCleanerReservations({
      ...first.reservations,
      storeRoot: first.storeRoot,
      onOutcome: (outcome) => metrics.reservations.inc({ outcome }),
    }),
    recentErrors: new RecentErrors(deps.now, () => current.notFoundMs),
    lists: new ListingMemory(),
    storeRoot: first.storeRoot,
    metrics,
    log,
    now: deps.now,
    options: () => current,
    waiting: new Waiting(),
    cache: {
      store,
      revisions: openRevisionStore(first.storeRoot),
      tags: openTagStore(first.storeRoot),
      checkBackoff: new CheckBackoff(),
      childChecks: new ChildChecks(),
      singleFlight: new SingleFlight<StoredManifest>(),
      fetches,
      rangeCounts: new RangeCounts(),
      prefetcher,
    },
  };
  const authenticated = createAuthenticatedHandler(handlerDeps);
  const passDeps: PassDeps = {
    ...handlerDeps,
    realms: new TokenRealms(),
    hasLogin: async (id) => knownLogins(await files.credentials.current(), id),
  };
  const metricsText = async () => metricsPage(metrics, (await files.options.current()).metrics);
  const tunnelDeps = {
    env: deps.env,
    lookup: names.client.lookup,
    proxyLookup: names.operator.lookup,
  };
  const onSocket: Handler = async (request, response) => {
    // First: what is passed on may have any path.
    if (await servePass(passDeps, request, response)) return;
    if (await servePage(request, response, metricsText)) return;
    if (await serveTunnel(request, response, files.options.current, tunnelDeps)) return;
    await authenticated(request, response, true);
  };
  const { port, socket } = first;
  const onDemand = first.onDemand && {
    socket: first.onDemand.socket,
    handler: createOnDemand({
      ...first.onDemand,
      options: files.options.current,
      probe: createProbe(first.onDemand.ca, first.timeouts, {
        env: deps.env,
        lookup: names.client.lookup,
      }),
      log,
    }),
  };
  const onDefect = (error: unknown) =>
    log.error({ err: messageOf(error) }, 'request failed by a defect');
  const listeners = await listen({
    port,
    socket,
    onPort: (request, response) => authenticated(request, response, false),
    onSocket,
    onDemand,
    onDefect,
  });
  log.info({ port: listeners.port, socket }, 'started');
  return {
    port: listeners.port,
    log,
    async stop(graceMs) {
      prefetcher.stop();
      await Promise.all([listeners.stop(graceMs), fetches.stop(graceMs)]);
      upstreams.apply({ ...first, upstreams: [] });
    },
  };
}

function fileEvents(
  log: Logger,
  { fileGood }: EgressMetrics,
): Pick<FileEvents, 'onRead' | 'onBroken'> {
  return {
    onRead: (file) => {
      fileGood.set({ file }, 1);
      log.info({ file }, 'file read');
    },
    onBroken: (file, error) => {
      fileGood.set({ file }, 0);
      log.error({ file, err: messageOf(error) }, 'kept the last good content of a file');
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
