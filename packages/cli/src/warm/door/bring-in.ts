import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { INTERNAL_HEADERS, parseOciMessage } from '@registry-cache/domain';
import { SingleFlight } from '@registry-cache/runtime';
import { WarmError } from './ask.ts';
import type { Door } from './open-door.ts';

/** An engine has to start, and two programs have to reload. */
const SERVED_WITHIN_MS = 90_000;

export interface BringInOptions {
  /** The socket on which egress takes registries on demand. */
  readonly socketPath: string;
  /** The host of a registry that is not served yet, by the id that it will have. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

/** A door that has registries on demand served before it asks them for the first time. */
export function withOnDemand(door: Door, options: BringInOptions): Door {
  const pending = new SingleFlight<void>();
  const served = new Set<string>();
  return async (asked) => {
    const { upstreamId } = asked;
    const host = options.hosts.get(upstreamId);
    if (host !== undefined && !served.has(upstreamId)) {
      await pending.join(host, () => bringIn(host, options));
      served.add(upstreamId);
    }
    return door(asked);
  };
}

/** @throws WarmError where egress does not serve it. */
async function bringIn(host: string, { socketPath, signal }: BringInOptions): Promise<void> {
  const endMs = performance.now() + SERVED_WITHIN_MS;
  while (true) {
    const { status, isServed, reason } = await askFor(host, socketPath, signal);
    if (isServed) return;
    if (status !== 503 || performance.now() > endMs) throw new WarmError(reason, status);
    await sleep(1_000, undefined, { signal });
  }
}

async function askFor(host: string, socketPath: string, signal: AbortSignal) {
  const headers = { [INTERNAL_HEADERS.registry.key]: host };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, path: '/v2/', headers, signal }, resolve).on('error', reject).end();
  });
  const { statusCode: status = 0 } = response;
  const reason = parseOciMessage(await buffer(response)) ?? `${host}: status ${status}`;
  // Egress adds it to whatever the new upstream has answered.
  return {
    status,
    isServed: response.headers[INTERNAL_HEADERS.upstream.key] !== undefined,
    reason,
  };
}
