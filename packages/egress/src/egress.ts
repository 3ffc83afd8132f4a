import type { EgressOptions } from '@registry-cache/domain';
import { createEventLog, createLogger, type Logger } from '@registry-cache/runtime';
import { createBucket } from './create-bucket.ts';
import type { ClientDeps } from './create-client.ts';
import { createHandlers } from './create-handlers.ts';
import { listen } from './doors/server/listen.ts';
import { type EgressDeps, REAL_DEPS } from './egress-deps.ts';
import { followUpstreams } from './follow-upstreams.ts';
import { createMetrics, type EgressMetrics } from './metrics/metrics.ts';
import { cacheForPeers, openCache } from './open-cache.ts';
import { readOptions } from './options/files.ts';
import { followTraceHeaders } from './options/trace-headers.ts';
import type { Traces } from './traces/create-traces.ts';
import { createClientDns, createOperatorDns } from './wire/dns/create-dns.ts';

export interface Egress {
  /** The TCP port of the engines. */
  readonly port: number;
  readonly log: Logger;
  /** Accepts no more requests, and lets running ones go on for up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** How long the last spans may take at the end. */
const TRACES_MS = 1_000;

/**
 * Starts egress as the options file says, and follows that file and the files it names from then
 * on. Port, sockets and file names stay as they are at the start.
 * @throws Error when the options or the boot secret cannot be read, or a listener cannot be opened.
 */
export async function startEgress(optionsFile: string, deps = REAL_DEPS): Promise<Egress> {
  const first = await readOptions(optionsFile);
  const log = deps.log ?? createLogger('egress', first.logLevel, first.logFormat);
  const metrics = createMetrics();
  const events = createEventLog(first.events, log);
  const dns = {
    operator: createOperatorDns(deps.now, deps.lookup),
    client: createClientDns(deps.now, first.timeouts.connectMs, deps.clientLookup),
  };
  const traces = await openTraces(first, { ...deps, dns, metrics, log });
  const followed = await followUpstreams(optionsFile, first, {
    ...deps,
    dns,
    metrics,
    events,
    traces,
    log,
  });

  const local = openCache(first.storeRoot, {
    onBrokenPin: ({ file, problem }) =>
      log.warn({ file, problem }, 'a pin could not be read; its tag keeps the digest it has here'),
  });
  await local.store.begun.read().catch((error: unknown) => {
    log.warn(
      { err: messageOf(error) },
      'could not read or remove the unfinished bodies of an earlier egress',
    );
  });

  const { options } = followed;
  const bucket = await createBucket({ ...deps, dns, options, stores: local, metrics, log });
  const cache = { ...local, ...bucket?.stores };
  const ofPeers = cacheForPeers({ ...cache, ...bucket?.storesForPeers });
  const { port, socket } = first;
  const listeners = await listen({
    port,
    socket,
    ...createHandlers(first, {
      ...deps,
      ...followed,
      listRights: deps.listRights ?? followed.listRights,
      dns,
      cache,
      cacheForPeers: ofPeers,
      bucket: bucket?.reader,
      redirects: bucket?.redirects,
      metrics,
      events,
      traces,
      log,
    }),
    onDefect: (error) =>
      log.error({ err: messageOf(error) }, 'a defect of egress made a request fail'),
  });
  log.info('started');
  return {
    port: listeners.port,
    log,
    async stop(graceMs) {
      cache.prefetcher.stop();
      await Promise.all([
        listeners.stop(graceMs),
        cache.fetches.stop(graceMs),
        ofPeers.fetches.stop(graceMs),
      ]);
      await bucket?.stop();
      await events.flush();
      await traces?.stop(TRACES_MS);
      followed.upstreams.apply({ ...first, upstreams: [] });
      await followed.closePeers();
    },
  };
}

interface OpenTracesDeps extends Pick<EgressDeps, 'env' | 'now'> {
  readonly dns: ClientDeps['dns'];
  readonly metrics: EgressMetrics;
  readonly log: Logger;
}

/** Loads the code of tracing where a collector is named, and only there. */
async function openTraces(
  { traces, timeouts }: EgressOptions,
  { env, now, dns, metrics, log }: OpenTracesDeps,
): Promise<Traces | undefined> {
  if (traces === undefined) return undefined;
  const { createTraces } = await import('./traces/create-traces.ts');
  const headers = followTraceHeaders(traces.headersFile, log);
  const { lookup } = dns.operator;
  return createTraces(traces, { timeouts }, { env, now, lookup, metrics, log, headers });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
