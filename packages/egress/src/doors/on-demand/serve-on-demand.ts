import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EgressOptions,
  type EgressUpstream,
  INTERNAL_HEADERS,
  type OnDemandOptions,
} from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { SingleFlight, waitAtMost } from '@registry-cache/runtime';
import { notHere } from '../../cache/here/not-here.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import type { Handler } from '../server/handler.ts';
import { readNoFetch } from '../server/read-request.ts';
import { refusal } from '../server/refusal.ts';
import { sendError } from '../server/respond.ts';
import { passOn } from './pass-on.ts';
import type { Probe } from './probe.ts';
import { HostRecord } from './record.ts';

/** An engine has to start, and two programs have to reload. Later requests wait for the same start. */
const SERVE_WITHIN_MS = 30_000;
/** How long one request waits for that. */
const WAIT_MS = 18_000;
/** Below 30 s, after which containerd gives up without a header. */
const ANSWER_WITHIN_MS = 24_000;
const POLL_MS = 50;

const PHASE = 'on-demand';

export interface OnDemandDeps extends Pick<OnDemandOptions, 'file' | 'maxRegistries'> {
  /** Reads the options again, since `config` may have changed them. */
  readonly options: () => Promise<EgressOptions>;
  readonly probe: Probe;
  readonly log: Logger;
  readonly serveWithinMs?: number;
}

interface Served {
  readonly id: string;
  readonly hotSocket: string;
}

/**
 * Answers requests for registries that are not served yet. It records the registry, waits until
 * `config` has made an upstream of it, and passes the request on. Connections to the edge's old
 * process come through here until they close.
 */
export function createOnDemand(deps: OnDemandDeps): Handler {
  const record = new HostRecord(deps.file, deps.maxRegistries);
  const pending = new SingleFlight<Served>();
  const untilServed = (host: string): Promise<Served> =>
    pending.join(host, () => haveServed(deps, record, host));
  return async (request, response) => {
    const host = String(request.headers[INTERNAL_HEADERS.registry.key] ?? '');
    const startedMs = performance.now();
    try {
      const known = await findServed(deps, host);
      if (known === undefined) await refuseToFetch(deps, host, request);
      const served = known ?? (await inTime(host, untilServed(host)));
      const restMs = ANSWER_WITHIN_MS - (performance.now() - startedMs);
      const late = () => notYet(`${host} has not answered yet; try again`);
      await passOn(request, response, served, { withinMs: restMs, late });
    } catch (error) {
      const failure = toRegistryError(error, host);
      deps.log.warn({ host, err: failure.message }, 'registry not served on demand');
      if (response.headersSent) response.destroy();
      else sendError(response, failure);
    }
  };
}

/**
 * Nothing of a new registry is here. The hot lane refuses what is not here of a known one.
 * @throws RegistryError to a caller who may not fetch.
 */
async function refuseToFetch(
  deps: OnDemandDeps,
  host: string,
  { headers }: IncomingMessage,
): Promise<void> {
  const refused = readNoFetch(headers[INTERNAL_HEADERS.noFetch.key]);
  if (refused === undefined) return;
  if ((await findUpstream(deps, host)) === undefined) throw notHere(refused);
  throw notYet(`${host} is not served yet; try again`);
}

/** @throws RegistryError 503 if it takes too long for one request. */
function inTime(host: string, served: Promise<Served>): Promise<Served> {
  return waitAtMost(WAIT_MS, served, () => {
    throw notYet(`${host} is not served yet; try again`);
  });
}

async function haveServed(deps: OnDemandDeps, record: HostRecord, host: string): Promise<Served> {
  await deps.probe(host);
  if (!(await record.add(host))) {
    throw refusal(
      404,
      PHASE,
      `${host} is not served: there are ${deps.maxRegistries} registries on demand already`,
    );
  }
  deps.log.info({ host }, 'registry on demand requested');
  const deadline = Date.now() + (deps.serveWithinMs ?? SERVE_WITHIN_MS);
  for (;;) {
    const served = await findServed(deps, host);
    if (served !== undefined) return served;
    if (Date.now() > deadline) throw notYet(`${host} is not served yet; try again`);
    await sleep(POLL_MS);
  }
}

/** The registry's upstream, once its hot lane accepts connections: its engine is up by then. */
async function findServed(deps: OnDemandDeps, host: string): Promise<Served | undefined> {
  const { id, hotSocket } = (await findUpstream(deps, host)) ?? {};
  if (id === undefined || hotSocket === undefined) return undefined;
  return (await accepts(hotSocket)) ? { id, hotSocket } : undefined;
}

async function findUpstream(
  { options }: OnDemandDeps,
  host: string,
): Promise<EgressUpstream | undefined> {
  const { upstreams } = await options();
  // The key of an upstream leaves out the default port of https.
  const wanted = host.replace(/:443$/, '');
  return upstreams.find(({ key }) => key === wanted);
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function notYet(message: string): Error {
  return refusal(503, PHASE, message, { 'retry-after': '5' });
}
