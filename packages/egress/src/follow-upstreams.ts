import { randomUUID } from 'node:crypto';
import type { EgressOptions } from '@registry-cache/domain';
import type { EventLog, Logger } from '@registry-cache/runtime';
import type { ReadListRights } from './cache/contract/list-rights.ts';
import { type ClientDeps, createClient, endpointNames } from './create-client.ts';
import { type CreateCloudDeps, createCloud } from './create-cloud.ts';
import type { EgressDeps } from './egress-deps.ts';
import { createListRights } from './list-rights.ts';
import type { EgressMetrics } from './metrics/metrics.ts';
import { UpstreamStates } from './metrics/upstream-states.ts';
import { type EgressFiles, type FileEvents, followFiles } from './options/files.ts';
import { createLogins } from './upstream/auth/logins.ts';
import { Upstreams } from './upstream/client/upstreams.ts';
import { Limiter } from './upstream/limits/limiter.ts';
import { createPeers } from './upstream/peers/peers.ts';

export interface FollowDeps extends Pick<EgressDeps, 'env' | 'now' | 'runHelper'> {
  readonly dns: ClientDeps['dns'];
  readonly metrics: EgressMetrics;
  readonly events: Pick<EventLog, 'record'>;
  readonly traces: ClientDeps['traces'];
  readonly log: Logger;
}

export interface Followed {
  readonly files: EgressFiles;
  /** One client for each upstream that the options name. */
  readonly upstreams: Upstreams;
  /** What is known of them now. */
  readonly states: UpstreamStates;
  /** The options as they were read last. */
  readonly options: () => EgressOptions;
  /** What callers may see in lists, by the rules of those options. */
  readonly listRights: ReadListRights;
  /** The random id of this egress, by which it knows its own questions to peers. */
  readonly egressId: string;
  /** Closes the connections to peers. */
  readonly closePeers: () => Promise<void>;
}

/**
 * Follows the files of egress. A change of the options changes upstreams, limits and the level of
 * the log.
 * @throws Error when the boot secret cannot be read.
 */
export async function followUpstreams(
  optionsFile: string,
  first: EgressOptions,
  { env, now, runHelper, dns, metrics, events, traces, log }: FollowDeps,
): Promise<Followed> {
  // The files name the upstreams, and their clients read the credentials among the files.
  let options = first;
  const onRenewal = reportRenewal(log, metrics);
  const cloud = createCloud({ env, dns, options: () => options, onRenewal });
  const read = () => files.credentials.current();
  const logins = createLogins({ read, runHelper, cloud, now });
  const limiter = new Limiter();
  const states = new UpstreamStates(now, (upstream, state, reason) => {
    const time = new Date(now()).toISOString();
    events.record({ event: 'upstream', time, upstream, state, reason });
  });
  let rights = createListRights(first.access);
  const egressId = randomUUID();
  const peers =
    first.peers &&
    createPeers({
      ...first.peers,
      egressId,
      now,
      onOutcome: (upstream, outcome) => metrics.peerRequests.inc({ upstream, outcome }),
      onBytes: (upstream, count) => metrics.peerBytes.inc({ upstream }, count),
    });
  const clientDeps: ClientDeps = {
    peers,
    env,
    now,
    dns,
    logins,
    certificateOf: async (id) => (await files.clientCertificates.current())[id],
    limiter,
    metrics,
    states,
    traces,
    log,
    upstreamAt: (url, repository) => upstreams.at(url, repository),
  };
  const upstreams = new Upstreams((upstream, timeouts) =>
    createClient(upstream, timeouts, clientDeps),
  );
  const files = await followFiles(optionsFile, first, {
    ...fileEvents(log, metrics),
    onOptions: (changed) => {
      options = changed;
      rights = createListRights(changed.access);
      log.level = changed.logLevel;
      limiter.apply(changed);
      upstreams.apply(changed);
      const names = changed.upstreams.flatMap(endpointNames);
      metrics.keepUpstreams(new Set(names));
      states.keep(names);
    },
  });
  const closePeers = async () => peers?.close();
  return {
    ...{ files, upstreams, states, egressId, closePeers },
    options: () => options,
    listRights: () => rights,
  };
}

function reportRenewal(log: Logger, { cloudLogins }: EgressMetrics): CreateCloudDeps['onRenewal'] {
  return (cloud, error) => {
    cloudLogins.inc({ cloud, outcome: error === undefined ? 'ok' : 'error' });
    if (error === undefined) return log.info({ cloud }, 'login renewed by the identity of a cloud');
    const err = error instanceof Error ? error.message : String(error);
    log.warn({ cloud, err }, 'the identity of a cloud gave no login');
  };
}

function fileEvents(
  log: Logger,
  { fileGood }: EgressMetrics,
): Pick<FileEvents, 'onRead' | 'onBroken'> {
  const known = new Set<string>();
  return {
    onRead: (file) => {
      fileGood.set({ file }, 1);
      // Each file is read at the start. Only a change is news to an operator.
      log[known.has(file) ? 'info' : 'debug']({ file }, 'file read');
      known.add(file);
    },
    onBroken: (file, error) => {
      fileGood.set({ file }, 0);
      const err = error instanceof Error ? error.message : String(error);
      log.error({ file, err }, 'kept the last good content of a file');
    },
  };
}
