import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  type HttpClient,
  listTargets,
  pullTarget,
  pullTargets,
  type Target,
  until,
} from '@registry-cache/testbed';

export { listTargets, pullTargets, type Target };

/** Clients that pull until `stop`. */
export interface Traffic {
  /** Waits until each kind of client has made so many more requests. */
  untilServed(more: number): Promise<void>;
  /** Ends it and returns all failures: an empty list if every pull succeeded. */
  stop(): Promise<readonly string[]>;
}

/** Three clients: HTTP/1.1 and h2 with kept connections, and one with new connections. */
export function startTraffic(
  appliance: Appliance,
  targets: readonly Target[],
  options: { readonly trustAnyone?: boolean } = {},
): Traffic {
  const failures: string[] = [];
  const served = { 'HTTP/1.1': 0, h2: 0, 'new connections': 0 };
  let isStopped = false;
  const attempt = async (kind: keyof typeof served, client: HttpClient, target: Target) => {
    await pullTarget(client, target).catch((error: Error) => {
      failures.push(`${kind}, request ${served[kind]}: ${error.message}`);
    });
    served[kind] += 1;
    // More requests would starve the appliance, which shares two cores with these clients.
    await sleep(5);
  };
  const keepOn = async (kind: 'HTTP/1.1' | 'h2') => {
    await using client = appliance.client({ ...options, http2: kind === 'h2' });
    while (!isStopped) for (const target of targets) await attempt(kind, client, target);
  };
  const beginAnew = async () => {
    while (!isStopped) {
      for (const target of targets) {
        await using client = appliance.client(options);
        await attempt('new connections', client, target);
      }
    }
  };
  const ended = Promise.all([keepOn('HTTP/1.1'), keepOn('h2'), beginAnew()]);
  return {
    untilServed: async (more) => {
      const goal = Object.entries(served).map(([kind, count]) => [kind, count + more] as const);
      const isReached = () =>
        goal.every(([kind, count]) => served[kind as keyof typeof served] >= count);
      await until(`${more} more requests of each kind`, isReached, { timeoutMs: 60_000 });
    },
    stop: async () => {
      isStopped = true;
      await ended;
      return failures;
    },
  };
}

/** A download that has begun, and reads nothing more until `finish`. */
export interface SlowDownload {
  /** True until its last byte has arrived. */
  readonly isRunning: boolean;
  /**
   * Reads the rest, at full speed or with a pause after each piece of at most 64 KiB.
   * `isWhole` is false if the connection broke before the end.
   */
  finish(pauseMs?: number): Promise<{ digest: string; isWhole: boolean }>;
}

/** Begins a download. It must be larger than the buffers of the sockets on the way. */
export async function startSlowDownload(appliance: Appliance, path: string): Promise<SlowDownload> {
  const request = get(`${appliance.url}${path}`, { ca: appliance.ca, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${path}: status ${response.statusCode}`);
  // Bytes under way at the end of a container's network are lost without an error.
  const finish = async (pauseMs = 0) => {
    request.setTimeout(5_000, () => request.destroy());
    const hash = createHash('sha256');
    try {
      for await (const chunk of response) {
        hash.update(chunk as Buffer);
        if (pauseMs > 0) await sleep(pauseMs);
      }
    } catch {
      // The download broke. `complete` is false then.
    }
    return { digest: `sha256:${hash.digest('hex')}`, isWhole: response.complete };
  };
  return {
    get isRunning() {
      return !response.complete && !response.destroyed;
    },
    finish,
  };
}
