import {
  createLogger,
  type EgressTimeouts,
  type EgressUpstream,
  type Logger,
} from '@registry-cache/domain';
import { RecentErrors } from './answer/recent-errors.ts';
import { type RunHelper, runHelper } from './auth/helper.ts';
import { createLogins, knownLogins, type Logins } from './auth/logins.ts';
import { createMetrics, type EgressMetrics } from './metrics/metrics.ts';
import { metricsPage } from './metrics/page.ts';
import { type FileEvents, followFiles, readOptions } from './options/files.ts';
import { OwnRealms } from './pass/own-realm.ts';
import { type PassParts, servePass } from './pass/serve-pass.ts';
import { createDoor } from './server/door.ts';
import { type Handler, listen } from './server/listen.ts';
import { servePage } from './server/local-pages.ts';
import type { LookupAll } from './transport/connector.ts';
import type { ProxyEnvironment } from './transport/proxy-rules.ts';
import { createTransport } from './transport/transport.ts';
import { serveTunnel } from './tunnel/serve-tunnel.ts';
import { createUpstreamClient, type UpstreamClient } from './upstream/client.ts';
import { REAL_RETRY_TOOLS } from './upstream/retry.ts';
import { Upstreams } from './upstream/upstreams.ts';

/** What of the world outside a test may put something else for. */
export interface EgressWorld {
  /** Names the outbound proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: ProxyEnvironment;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly runHelper: RunHelper;
  readonly logger?: Logger;
  readonly lookup?: LookupAll;
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
  const upstreams = new Upstreams((upstream, timeouts) =>
    createClient(upstream, timeouts, world, logins, metrics),
  );
  const files = await followFiles(optionsFile, first, {
    ...fileEvents(logger, metrics),
    onOptions: (options) => {
      logger.level = options.logLevel;
      upstreams.apply(options);
    },
  });

  const parts = {
    refresh: async () => void (await files.options.current()),
    bootSecret: files.bootSecret.current,
    upstreams,
    recentErrors: new RecentErrors(world.now),
    metrics,
    logger,
  };
  const door = createDoor(parts);
  const passParts: PassParts = {
    ...parts,
    realms: new OwnRealms(),
    hasLogin: async (id) => knownLogins(await files.credentials.current(), id),
  };
  const metricsText = async () => metricsPage(metrics, (await files.options.current()).metrics);
  const onSocket: Handler = async (request, response) => {
    // First: what is passed on may have any path.
    if (await servePass(passParts, request, response)) return;
    if (await servePage(request, response, metricsText)) return;
    if (await serveTunnel(request, response, files.options.current, world.lookup)) return;
    await door(request, response);
  };
  const { port, socket } = first;
  const onDefect = (error: unknown) =>
    logger.error({ error: messageOf(error) }, 'request failed by a defect');
  const listeners = await listen({ port, socket, onPort: door, onSocket, onDefect });
  logger.info({ port: listeners.port, socket }, 'egress listens');
  return {
    port: listeners.port,
    logger,
    async stop(graceMs) {
      await listeners.stop(graceMs);
      upstreams.apply({ ...first, upstreams: [] });
    },
  };
}

function createClient(
  upstream: EgressUpstream,
  timeouts: EgressTimeouts,
  { env, now, lookup }: EgressWorld,
  logins: Logins,
  metrics: EgressMetrics,
): UpstreamClient {
  const labels = { upstream: upstream.key };
  const origin = { origin: upstream.url, ca: upstream.ca, timeouts, env };
  return createUpstreamClient(upstream, {
    transport: createTransport(lookup === undefined ? origin : { ...origin, lookup }),
    logins,
    timeouts,
    retry: { ...REAL_RETRY_TOOLS, onRetry: () => metrics.retries.inc(labels) },
    now,
    onTokenFetch: (outcome) => metrics.tokenFetches.inc({ ...labels, outcome }),
  });
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
