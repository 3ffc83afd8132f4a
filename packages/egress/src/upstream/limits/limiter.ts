import type { EgressLimits, EgressOptions } from '@registry-cache/domain';
import { withTimeout } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import type { Reply, Transport } from '../../wire/transport/transport.ts';
import type { Weight } from './admission.ts';
import { holdUntilEnd } from './held-reply.ts';
import { enterAll, RequestLimits } from './request-limits.ts';
import { throttled } from './throttle.ts';

/** One upstream's way through its own limits and those of all. */
export interface UpstreamLimits {
  readonly running: number;
  readonly waiting: number;
  /**
   * Runs an exchange when its turn has come. Its place is free again when it failed, or when the
   * body of its reply has ended or was destroyed.
   * @throws RegistryError 429 when the turn did not come in time; the signal's reason.
   */
  exchange(visit: LimitedExchange): Promise<Reply>;
  /** A transport whose every request counts, for those that wait for no turn: token requests. */
  counted(transport: Transport): Transport;
}

export interface LimitedExchange {
  readonly method: 'GET' | 'HEAD';
  readonly weight: Weight;
  readonly signal: AbortSignal;
  /** Sends over what `count` makes of a transport, so that what follows the first counts too. */
  run(count: (transport: Transport) => Transport): Promise<Reply>;
}

/**
 * How long to wait for a turn at most. A shared fetch waits behind others for minutes, while its
 * clients are told to come again; a manifest never waits for blobs, only for a rate.
 */
const MAX_WAIT_MS: Readonly<Record<Weight, number>> = { small: 20_000, large: 280_000 };
const RETRY_AFTER_SECONDS = 5;

export interface LimiterOptions {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly maxWaitMs: Readonly<Record<Weight, number>>;
}

const DEFAULT_OPTIONS: LimiterOptions = { now: () => performance.now(), maxWaitMs: MAX_WAIT_MS };

/** The limits of all upstreams, followed as they change: what runs goes on, the next one obeys. */
export class Limiter {
  readonly #clock: LimiterOptions;
  readonly #all: RequestLimits;
  readonly #lanes = new Map<string, RequestLimits>();

  constructor(clock = DEFAULT_OPTIONS) {
    this.#clock = clock;
    this.#all = new RequestLimits(clock.now);
  }

  apply({ limits, upstreams }: Pick<EgressOptions, 'limits' | 'upstreams'>): void {
    this.#all.apply(limits);
    for (const { id, limits: own, mirrors = [] } of upstreams) {
      for (const one of [id, ...mirrors.map((mirror) => mirror.id)]) {
        this.#lane(one).apply({ ...own, connections: own.connections || shareOf(limits) });
      }
    }
  }

  /** @param key the upstream's name in messages. */
  of(id: string, key: string): UpstreamLimits {
    const lanes = [this.#lane(id), this.#all] as const;
    const [own, all] = lanes;
    const count = (transport: Transport, paid: number) => counting(transport, lanes, paid);
    return {
      get running() {
        return own.gate.running;
      },
      get waiting() {
        return own.gate.waiting;
      },
      exchange: async ({ method, weight, signal, run }) => {
        const leave = await withTimeout(
          this.#clock.maxWaitMs[weight],
          signal,
          () => tooMany(key),
          (one) => enterAll(lanes, weight, one),
        );
        try {
          // Each gate has counted the first request when it let the exchange in.
          const reply = await run((transport) => count(transport, 1));
          return throttled(holdUntilEnd(reply, method, leave), weight, [own, all]);
        } catch (error) {
          leave();
          throw error;
        }
      },
      counted: (transport) => count(transport, 0),
    };
  }

  #lane(id: string): RequestLimits {
    const lane = this.#lanes.get(id) ?? new RequestLimits(this.#clock.now);
    this.#lanes.set(id, lane);
    return lane;
  }
}

/** One upstream without a limit of its own leaves a quarter of the places to the others. */
function shareOf({ connections }: EgressLimits): number {
  return connections === 0 ? 0 : Math.max(2, Math.ceil(connections * 0.75));
}

function counting(transport: Transport, lanes: readonly RequestLimits[], paid: number): Transport {
  let unpaid = -paid;
  return {
    send(request) {
      unpaid += 1;
      if (unpaid > 0) for (const { gate } of lanes) gate.charge();
      return transport.send(request);
    },
    close: () => transport.close(),
  };
}

function tooMany(key: string): RegistryError {
  return new RegistryError({
    status: 429,
    code: 'TOOMANYREQUESTS',
    phase: 'limit',
    message: `${key} was not asked: this cache's own limits leave no room for another request now`,
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
