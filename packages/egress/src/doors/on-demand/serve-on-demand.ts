import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EgressOptions, INTERNAL_HEADERS, type OnDemandOptions } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { SingleFlight, waitAtMost } from '@registry-cache/runtime';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import type { Handler } from '../server/handler.ts';
import { refusal } from '../server/refusal.ts';
import { sendError } from '../server/respond.ts';
import { passOn } from './pass-on.ts';
import type { Probe } from './probe.ts';
import { HostRecord } from './record.ts';

/** An engine has to start, and two programs to be reloaded. It goes on for who asks again. */
const PATIENCE_MS = 30_000;
/** So long one request waits for that. */
const SERVED_WITHIN_MS = 18_000;
/** containerd gives up after 30 s without a header. */
const ANSWER_WITHIN_MS = 24_000;
const POLL_MS = 50;

const PHASE = 'on-demand';

export interface OnDemandDeps extends Pick<OnDemandOptions, 'file' | 'maxRegistries'> {
  /** The options as they are now, since `config` may have changed them. */
  readonly options: () => Promise<EgressOptions>;
  readonly probe: Probe;
  readonly log: Logger;
  readonly patienceMs?: number;
}

interface Served {
  readonly id: string;
  readonly hotSocket: string;
}

/**
 * Answers requests for registries that are not served yet: records the registry, for `config` to
 * make an upstream of, and passes the request on once that is served. Connections to an edge from
 * before its reload go on through here.
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
      const served = (await findServed(deps, host)) ?? (await inTime(host, untilServed(host)));
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

/** @throws RegistryError 503 where it takes too long for one request. */
function inTime(host: string, served: Promise<Served>): Promise<Served> {
  return waitAtMost(SERVED_WITHIN_MS, served, () => {
    throw notYet(`${host} is not served yet; try again`);
  });
}

async function haveServed(deps: OnDemandDeps, record: HostRecord, host: string): Promise<Served> {
  await deps.probe(host);
  if (!(await record.add(host))) {
    throw refusal(
      404,
      PHASE,
      `${host} is not served: ${deps.maxRegistries} registries were asked for`,
    );
  }
  deps.log.info({ host }, 'registry asked for');
  const deadline = Date.now() + (deps.patienceMs ?? PATIENCE_MS);
  for (;;) {
    const served = await findServed(deps, host);
    if (served !== undefined) return served;
    if (Date.now() > deadline) throw notYet(`${host} is not served yet; try again`);
    await sleep(POLL_MS);
  }
}

/** Its hot lane, once that accepts: engine and options come before it. */
async function findServed(deps: OnDemandDeps, host: string): Promise<Served | undefined> {
  const { upstreams } = await deps.options();
  // An upstream's key has no port of https.
  const wanted = host.replace(/:443$/, '');
  const { id, hotSocket } = upstreams.find(({ key }) => key === wanted) ?? {};
  if (id === undefined || hotSocket === undefined) return undefined;
  return (await accepts(hotSocket)) ? { id, hotSocket } : undefined;
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
