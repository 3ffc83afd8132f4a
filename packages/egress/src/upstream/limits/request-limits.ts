import { setTimeout as delay } from 'node:timers/promises';
import type { EgressLimits } from '@registry-cache/domain';
import { byteGcra } from './gcra.ts';
import { Places, type Weight } from './places.ts';
import type { Throttle } from './throttle.ts';

/** The limits of one upstream, or of all. */
export class RequestLimits implements Throttle {
  readonly places: Places;
  readonly #now: () => number;
  readonly #rate = byteGcra();
  #bytesPerSecond = 0;

  constructor(now: () => number) {
    this.places = new Places({ connections: 0, requestsPerSecond: 0 }, now);
    this.#now = now;
  }

  apply({ connections, requestsPerSecond, bytesPerSecond }: EgressLimits): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.places.limits = { connections, requestsPerSecond };
  }

  get isOn(): boolean {
    return this.#bytesPerSecond > 0;
  }

  charge(bytes: number): void {
    this.#rate.take(this.#bytesPerSecond, this.#now(), bytes);
  }

  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.#rate.waitMs(this.#bytesPerSecond, this.#now());
    // Taken before the wait, so that later callers come after this one.
    this.charge(bytes);
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
  }
}

/**
 * Enters the limits of the upstream, then those of all. While it waits for the second it holds a
 * place of the first.
 * @returns a function that leaves both.
 */
export async function enterBoth(
  [own, all]: readonly [RequestLimits, RequestLimits],
  weight: Weight,
  signal: AbortSignal,
): Promise<() => void> {
  const leaveOwn = await own.places.enter(weight, signal);
  try {
    const leaveAll = await all.places.enter(weight, signal);
    return () => {
      leaveAll();
      leaveOwn();
    };
  } catch (error) {
    leaveOwn();
    throw error;
  }
}
