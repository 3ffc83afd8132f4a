import type { EgressLimits, EgressOptions } from '@registry-cache/domain';
import { withTimeout } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import type { Reply, Transport } from '../../wire/transport/transport.ts';
import { holdUntilEnd } from './held-reply.ts';
import type { Weight } from './places.ts';
import { enterBoth, RequestLimits } from './request-limits.ts';
import { throttled } from './throttle.ts';

/** The limits of one upstream, together with those of all upstreams. */
export interface UpstreamLimits {
  readonly running: number;
  readonly waiting: number;
  /**
   * Runs an exchange when its turn comes. Its place is free again after a failure, and when the
   * body of its reply has ended or was destroyed.
   * @throws RegistryError 429 if the turn does not come in time; the signal's reason.
   */
  exchange(exchange: LimitedExchange): Promise<Reply>;
  /** A transport that counts each request but never waits. It is for token requests. */
  counted(transport: Transport): Transport;
}

export interface LimitedExchange {
  readonly method: 'GET' | 'HEAD';
  readonly weight: Weight;
  readonly signal: AbortSignal;
  /** Sends through the transport that `count` returns, so that further requests count as well. */
  run(count: (transport: Transport) => Transport): Promise<Reply>;
}

/**
 * The longest wait for a turn. A shared fetch may wait for minutes, while its clients are told to
 * come again. A manifest waits for the rate only, never for blobs.
 */
const MAX_WAIT_MS: Readonly<Record<Weight, number>> = { small: 20_000, large: 280_000 };
const RETRY_AFTER_SECONDS = 5;

export interface LimiterOptions {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly maxWaitMs: Readonly<Record<Weight, number>>;
}

const DEFAULT_OPTIONS: LimiterOptions = { now: () => performance.now(), maxWaitMs: MAX_WAIT_MS };

/** The limits of all upstreams. A change applies to later exchanges; running ones go on. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #all: RequestLimits;
  readonly #byUpstream = new Map<string, RequestLimits>();

  constructor(options = DEFAULT_OPTIONS) {
    this.#options = options;
    this.#all = new RequestLimits(options.now);
  }

  apply({ limits, upstreams }: Pick<EgressOptions, 'limits' | 'upstreams'>): void {
    this.#all.apply(limits);
    const wanted = new Set<string>();
    for (const { id, limits: own, mirrors = [] } of upstreams) {
      for (const one of [id, ...mirrors.map((mirror) => mirror.id)]) {
        wanted.add(one);
        this.#limitsOf(one).apply({ ...own, connections: own.connections || shareOf(limits) });
      }
    }
    this.#forgetOthers(wanted);
  }

  /** @param key the upstream's name in messages. */
  of(id: string, key: string): UpstreamLimits {
    const both = [this.#limitsOf(id), this.#all] as const;
    const [own] = both;
    const count = (transport: Transport, paid: number) => counting(transport, both, paid);
    return {
      get running() {
        return own.places.running;
      },
      get waiting() {
        return own.places.waiting;
      },
      exchange: async ({ method, weight, signal, run }) => {
        const leave = await withTimeout(
          this.#options.maxWaitMs[weight],
          signal,
          () => tooMany(key),
          (one) => enterBoth(both, weight, one),
        );
        try {
          // The place has counted the first request already.
          const reply = await run((transport) => count(transport, 1));
          return throttled(holdUntilEnd(reply, method, leave), weight, both);
        } catch (error) {
          leave();
          throw error;
        }
      },
      counted: (transport) => count(transport, 0),
    };
  }

  /** A removed upstream keeps its limits while exchanges run: it may come back meanwhile. */
  #forgetOthers(wanted: ReadonlySet<string>): void {
    for (const [id, { places }] of this.#byUpstream) {
      const isIdle = places.running + places.waiting === 0;
      if (isIdle && !wanted.has(id)) this.#byUpstream.delete(id);
    }
  }

  #limitsOf(id: string): RequestLimits {
    const limits = this.#byUpstream.get(id) ?? new RequestLimits(this.#options.now);
    this.#byUpstream.set(id, limits);
    return limits;
  }
}

/** An upstream without a limit of its own leaves a quarter of the places to the others. */
function shareOf({ connections }: EgressLimits): number {
  return connections === 0 ? 0 : Math.max(2, Math.ceil(connections * 0.75));
}

/** @param paid how many requests are counted already. */
function counting(transport: Transport, both: readonly RequestLimits[], paid: number): Transport {
  let unpaid = -paid;
  return {
    send(request) {
      unpaid += 1;
      if (unpaid > 0) for (const { places } of both) places.charge();
      return transport.send(request);
    },
    close: () => transport.close(),
  };
}

function tooMany(key: string): RegistryError {
  return new RegistryError({
    phase: 'limit',
    code: 'TOOMANYREQUESTS',
    message: `${key} was not asked: this cache's own limits leave no room for another request now`,
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
