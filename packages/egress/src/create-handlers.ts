import { auditFile, type EgressOptions, type OnDemandOptions } from '@registry-cache/domain';
import { createAudit, type EventLog, type Logger } from '@registry-cache/runtime';
import type { BucketReader } from './cache/bucket/bucket-reader.ts';
import type { BucketRedirects } from './cache/bucket/bucket-redirects.ts';
import { ListMemory } from './cache/lists/list-memory.ts';
import { StoredImages } from './cache/lists/stored-images.ts';
import { RecentErrors } from './cache/recent-errors.ts';
import type { SharedCache } from './cache/upstream-context.ts';
import { createAdmission } from './create-admission.ts';
import type { ClientDeps } from './create-client.ts';
import { createForecast } from './create-forecast.ts';
import { createTrust } from './create-trust.ts';
import { serveCatalog } from './doors/catalog/serve-catalog.ts';
import { serveForecast } from './doors/forecast/serve-forecast.ts';
import { createProbe } from './doors/on-demand/probe.ts';
import { createOnDemand } from './doors/on-demand/serve-on-demand.ts';
import { servePass } from './doors/passthrough/serve-pass.ts';
import { TokenRealms } from './doors/passthrough/token-realm.ts';
import { createServeProbe } from './doors/probe/serve-probe.ts';
import {
  type AuthenticatedHandlerDeps,
  createAuthenticatedHandler,
} from './doors/server/authenticated-handler.ts';
import type { Handler } from './doors/server/handler.ts';
import type { ListenOptions } from './doors/server/listen.ts';
import { type LocalPages, servePage } from './doors/server/local-pages.ts';
import { PendingResponses } from './doors/server/pending-responses.ts';
import type { ServeDeps } from './doors/server/serve.ts';
import { serveTrial } from './doors/trial/serve-trial.ts';
import { serveTunnel } from './doors/tunnel/serve-tunnel.ts';
import type { EgressDeps } from './egress-deps.ts';
import type { Followed } from './follow-upstreams.ts';
import type { EgressMetrics } from './metrics/metrics.ts';
import { metricsPage } from './metrics/page.ts';
import { hostedId, listRepositoriesOf, listTagsOf } from './store/lists.ts';
import { createCleanerReservations } from './store/reservations/cleaner-reservations.ts';
import type { Traces } from './traces/create-traces.ts';
import { knownLogins } from './upstream/auth/logins.ts';

export interface HandlersDeps extends Pick<EgressDeps, 'env' | 'now' | 'audit'>, Followed {
  readonly dns: ClientDeps['dns'];
  readonly cache: SharedCache;
  /** The same store, for requests of peers. */
  readonly cacheForPeers: SharedCache;
  /** Undefined without a bucket. */
  readonly bucket: BucketReader | undefined;
  /** Undefined where no client is sent to the bucket. */
  readonly redirects: BucketRedirects | undefined;
  readonly metrics: EgressMetrics;
  readonly events: EventLog;
  readonly traces: Traces | undefined;
  readonly log: Logger;
}

/** One handler for each listener of egress. */
export function createHandlers(
  first: EgressOptions,
  deps: HandlersDeps,
): Pick<ListenOptions, 'onPort' | 'onSocket' | 'onDemand'> {
  const authenticatedDeps = authenticatedHandlerDeps(first, deps);
  const authenticated = createAuthenticatedHandler(authenticatedDeps);
  return {
    onPort: (request, response) => authenticated(request, response, false),
    onSocket: socketHandler(deps, authenticatedDeps, (request, response) =>
      authenticated(request, response, true),
    ),
    onDemand: first.onDemand && onDemandListener(first, first.onDemand, deps),
  };
}

function authenticatedHandlerDeps(
  { storeRoot, reservations }: EgressOptions,
  deps: HandlersDeps,
): AuthenticatedHandlerDeps {
  const { files, upstreams, options, cache, metrics, events, log, now } = deps;
  const { listRights, audit } = deps;
  const record = audit ?? createAudit(auditFile(storeRoot), log).record;
  const checkDeps = { ...deps, storeRoot, record };
  const serveDeps: ServeDeps = {
    isForPeers: false,
    options,
    cache,
    bucket: deps.bucket,
    redirects: deps.redirects,
    trust: createTrust(checkDeps),
    admission: createAdmission({
      ...checkDeps,
      tokenOf: async (url) => (await files.scannerTokens.current())[url],
    }),
    reservations: createCleanerReservations({
      ...reservations,
      storeRoot,
      onOutcome: (outcome) => metrics.reservations.inc({ outcome }),
    }),
    recentErrors: new RecentErrors(now, () => options().notFoundMs),
    lists: new ListMemory(),
    pending: new PendingResponses(),
    storeRoot,
    listRights,
    metrics,
    events,
    spans: deps.traces?.spans,
    log,
    now,
  };
  return {
    ...serveDeps,
    refresh: async () => void (await files.options.current()),
    bootSecret: files.bootSecret.current,
    upstreams,
    egressId: deps.egressId,
    forPeers: serveDepsForPeers(serveDeps, deps.cacheForPeers),
  };
}

/** A peer waits as long as its own clients do, and asks again where that is too short. */
const PEER_WAITS_MS = 600_000;

/**
 * What requests of peers share: the store, the fetches of blobs that belong to this replica, and no
 * other work for clients here. That may wait for the very peer that asks, or for this replica.
 */
function serveDepsForPeers(own: ServeDeps, cache: SharedCache): ServeDeps {
  const { options, now } = own;
  return {
    ...own,
    isForPeers: true,
    cache,
    recentErrors: new RecentErrors(now, () => options().notFoundMs),
    lists: new ListMemory(),
    pending: new PendingResponses(),
    // The replica that the client asked leaves out what the client may not see.
    listRights: () => undefined,
    options: () => ({ ...options(), answerWithinMs: PEER_WAITS_MS }),
  };
}

/** The handler of `egress.sock`, where edge and hot lane send their requests. */
function socketHandler(
  { env, dns, files, metrics, options, states, cache, cacheForPeers }: HandlersDeps,
  authenticatedDeps: AuthenticatedHandlerDeps,
  authenticated: Handler,
): Handler {
  const passDeps = {
    ...authenticatedDeps,
    pushOptions: () => options().push,
    realms: new TokenRealms(),
    hasRules: () => listRights() !== undefined,
    hasLogin: async (id: string) => knownLogins(await files.credentials.current(), id),
  };
  const trialDeps = {
    ...authenticatedDeps,
    onTrial: (upstream: string, outcome: 'yes' | 'no' | 'failed') =>
      metrics.trials.inc({ upstream, outcome }),
  };
  const { bootSecret, storeRoot, listRights, recentErrors, now } = authenticatedDeps;
  const forecastDeps = {
    ...authenticatedDeps,
    forecast: createForecast({ cache, recentErrors, states, options, now }),
  };
  const serveProbe = createServeProbe(authenticatedDeps);
  const catalogDeps = {
    bootSecret,
    listRights,
    upstreams: async () => {
      const { upstreams, hosted = [] } = await files.options.current();
      return [...upstreams, ...hosted.map((name) => ({ id: hostedId(name), key: name }))];
    },
    images: new StoredImages(
      (id, limit) => listRepositoriesOf(storeRoot, id, limit),
      (id, repository) => listTagsOf(storeRoot, id, repository),
    ),
  };
  const tunnelDeps = { env, lookup: dns.client.lookup, proxyLookup: dns.operator.lookup };
  const pages: LocalPages = {
    metricsText: async () => metricsPage(metrics, (await files.options.current()).metrics),
    state: () => {
      const names = new Map(options().upstreams.map(({ id, key }) => [id, key]));
      const running = [cache, cacheForPeers].flatMap(({ fetches }) => fetches.list());
      return {
        upstreams: states.list(),
        fetches: running.map(({ upstreamId, mostReaders: _, ...fetch }) => {
          return { upstream: names.get(upstreamId) ?? upstreamId, ...fetch };
        }),
      };
    },
  };
  return async (request, response) => {
    // First, since a request that is passed through may have any path below its prefix.
    if (await servePass(passDeps, request, response)) return;
    if (await serveTrial(trialDeps, request, response)) return;
    if (await serveForecast(forecastDeps, request, response)) return;
    if (await serveProbe(request, response)) return;
    if (await servePage(request, response, pages)) return;
    if (await serveCatalog(catalogDeps, request, response)) return;
    if (await serveTunnel(request, response, files.options.current, tunnelDeps)) return;
    await authenticated(request, response);
  };
}

function onDemandListener(
  { timeouts }: EgressOptions,
  onDemand: OnDemandOptions,
  { env, dns, files, log }: HandlersDeps,
): ListenOptions['onDemand'] {
  const probe = createProbe(onDemand.ca, timeouts, { env, lookup: dns.client.lookup });
  const handler = createOnDemand({ ...onDemand, options: files.options.current, probe, log });
  return { socket: onDemand.socket, handler };
}
