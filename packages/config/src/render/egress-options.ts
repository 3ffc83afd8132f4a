import { join } from 'node:path';
import {
  type EgressOptions,
  type EgressUpstream,
  onDemandFile,
  type RunPaths,
  socketPath,
} from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { listRealms } from '../model/realms.ts';
import { buildTimeouts } from '../model/timeouts.ts';
import type { Upstream } from '../model/upstream.ts';
import { splitUpstreamUrl } from '../model/upstream-url.ts';
import { MAX_ON_DEMAND } from '../on-demand/parse.ts';
import { EDGE_PORT } from '../settings/edge-port.ts';
import { LISTENER_SETTINGS } from '../settings/listener-settings.ts';
import type { Settings } from '../settings/table.ts';
import { describeEvents } from './history.ts';

/** containerd gives up after 30 s without a header, and the answer has a way to go. */
const ANSWER_WITHIN_MS = 23_000;
/** A client that resumes comes back within seconds. */
const UNREAD_MS = 10_000;

/** The options of egress. */
export function describeEgress(model: Model, run: RunPaths): EgressOptions {
  const { settings } = model;
  const secret = (name: string) => join(run.secrets, name);
  // The edge decides which registries are asked for. A changed pull secret may be the first to allow
  // one, and egress opens its sockets at its start.
  const mayAsk = !settings.OFFLINE;
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    port: settings.EGRESS_PORT,
    socket: socketPath(run, 'egress'),
    storeRoot: settings.REGISTRYDIR,
    bootSecretFile: secret('boot-secret'),
    credentialsFile: secret('credentials.json'),
    clientCertificatesFile: secret('client-certificates.json'),
    scannerTokensFile: secret('scanner-tokens.json'),
    events: describeEvents(settings, 'egress'),
    timeouts: buildTimeouts(settings),
    limits: {
      connections: settings.EGRESS_MAX_CONNECTIONS,
      requestsPerSecond: settings.EGRESS_REQUESTS_PER_SECOND,
      bytesPerSecond: settings.EGRESS_BYTES_PER_SECOND,
    },
    notFoundMs: settings.EGRESS_NOT_FOUND_TIME,
    answerWithinMs: ANSWER_WITHIN_MS,
    blobs: {
      lowestBytesPerSecond: settings.EGRESS_LOWEST_RATE,
      lowestRateMs: settings.EGRESS_LOWEST_RATE_TIME,
      unreadMs: UNREAD_MS,
      rangesUntilFetch: settings.EGRESS_RANGES_UNTIL_FETCH,
    },
    reservations: { socket: socketPath(run, 'cleaner'), minFree: settings.CLEANER_MIN_FREE },
    metrics: { dirs: [run.metrics, run.config], haproxySocket: socketPath(run, 'haproxy-metrics') },
    push: { sendMs: settings.EGRESS_SEND_TIMEOUT },
    tunnel: {
      forbidden: settings.CONNECT_FORBIDDEN,
      ownPorts: listOwnPorts(settings),
      connectMs: settings.CONNECT_OPEN_TIMEOUT || settings.EGRESS_CONNECT_TIMEOUT,
    },
    ...(model.peerCertificates && { peers: { socket: socketPath(run, 'peers') } }),
    ...(model.hosted && { hosted: model.hosted.names }),
    ...(model.trust && { trust: model.trust }),
    ...(model.admission && {
      admission: { rules: model.admission, ca: model.upstreamCa },
    }),
    ...(model.access && { access: model.access }),
    ...(usesCloud(model) && { cloud: { ca: model.upstreamCa } }),
    ...tracesOf(model, secret('trace-headers.json')),
    ...bucketOf(model),
    ...(mayAsk && {
      onDemand: {
        socket: socketPath(run, 'on-demand'),
        file: onDemandFile(settings.REGISTRYDIR),
        maxRegistries: MAX_ON_DEMAND,
        ca: model.upstreamCa,
      },
    }),
    upstreams: model.upstreams.map((upstream) => ({
      ...egressUpstream(upstream, settings),
      ...(upstream.triesLogins && { triesLogins: true }),
      ...(upstream.legacyTls && { legacyTls: true }),
      realms: listRealms(upstream, model.hostLogins),
      ...(mayAsk && { hotSocket: socketPath(run, `hot-${upstream.id}`) }),
      ...placeOf(upstream),
      ...(upstream.clientCertificate && { hasClientCertificate: true }),
      ...(upstream.isOnDemand && { isGuarded: true }),
    })),
  };
}

function tracesOf(
  { settings, upstreamCa }: Model,
  headersFile: string,
): Pick<EgressOptions, 'traces'> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings;
  if (endpoint === '') return {};
  return {
    traces: {
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      serviceName: settings.OTEL_SERVICE_NAME,
      sampler: settings.OTEL_TRACES_SAMPLER,
      ratio: settings.OTEL_TRACES_SAMPLER_ARG,
      toUpstreams: settings.TRACEPARENT_TO_UPSTREAMS,
      headersFile,
      ca: upstreamCa,
    },
  };
}

function bucketOf({ settings, upstreamCa }: Model): Pick<EgressOptions, 'bucket'> {
  const { S3_BUCKET, S3_PREFIX, S3_REGION, S3_ENDPOINT, S3_PATH_STYLE, S3_EXPIRE } = settings;
  const redirect = REDIRECTS[settings.S3_REDIRECT];
  if (S3_BUCKET === '') return {};
  return {
    bucket: {
      name: S3_BUCKET,
      prefix: S3_PREFIX === '' ? '' : `${S3_PREFIX}/`,
      ...(S3_REGION !== '' && { region: S3_REGION }),
      ...(S3_ENDPOINT !== '' && { endpoint: S3_ENDPOINT }),
      isPathStyle: S3_PATH_STYLE,
      expireMs: S3_EXPIRE,
      ca: upstreamCa,
      ...(redirect !== undefined && { redirect }),
    },
  };
}

const REDIRECTS = { false: undefined, true: 'without-rules', always: 'always' } as const;

function usesCloud({ upstreams }: Model): boolean {
  return upstreams
    .flatMap((upstream) => [upstream, ...upstream.mirrors])
    .some(({ credential }) => credential?.kind === 'cloud');
}

/** Every port on which a program of the appliance listens. */
function listOwnPorts(settings: Settings): number[] {
  const addresses = LISTENER_SETTINGS.map((name) => settings[name]).filter(Boolean);
  const ports = addresses.map((address) => Number(address.replace(/^.*:/, '')));
  return [...new Set([EDGE_PORT, ...ports, settings.EGRESS_PORT])];
}

function egressUpstream(upstream: Upstream, settings: Settings): Omit<EgressUpstream, 'realms'> {
  const { id, key, url, ca, timeouts, limits, offline, tags } = upstream;
  const { storageHosts, connectionsPerBlob, prefetch } = upstream;
  return {
    id,
    key,
    url,
    ca,
    ...(timeouts && { timeouts }),
    limits,
    offline,
    tags,
    ...(storageHosts.length > 0 && { storageHosts }),
    connectionsPerBlob: connectionsPerBlob ?? settings.EGRESS_CONNECTIONS_PER_BLOB,
    prefetchMaxBytes: (prefetch ?? settings.PREFETCH === 'on') ? settings.PREFETCH_MAX_SIZE : 0,
  };
}

/** The addresses of an upstream and of its mirrors. */
function placeOf({ url, mirrors }: Upstream): Partial<EgressUpstream> {
  const split = (full: string) => {
    const { origin, repositoryPrefix } = splitUpstreamUrl(full);
    return { url: origin, ...(repositoryPrefix !== '' && { repositoryPrefix }) };
  };
  const asked = mirrors.map((mirror) => ({
    id: mirror.id,
    key: mirror.key,
    ...split(mirror.url),
  }));
  return { ...split(url), ...(asked.length > 0 && { mirrors: asked }) };
}
