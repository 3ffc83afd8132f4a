import { setTimeout as delay } from 'node:timers/promises';
import type { EgressLimits } from '@registry-cache/domain';
import { Admission, type Weight } from './admission.ts';
import { byteGcra } from './gcra.ts';
import type { Throttle } from './throttle.ts';

/** The limits of one upstream, or of all. */
export class RequestLimits implements Throttle {
  readonly gate: Admission;
  readonly #now: () => number;
  readonly #pace = byteGcra();
  #bytesPerSecond = 0;

  constructor(now: () => number) {
    this.gate = new Admission({ connections: 0, requestsPerSecond: 0 }, now);
    this.#now = now;
  }

  apply({ connections, requestsPerSecond, bytesPerSecond }: EgressLimits): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.gate.bounds = { connections, requestsPerSecond };
  }

  get isOn(): boolean {
    return this.#bytesPerSecond > 0;
  }

  charge(bytes: number): void {
    this.#pace.take(this.#bytesPerSecond, this.#now(), bytes);
  }

  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.#pace.waitMs(this.#bytesPerSecond, this.#now());
    // Taken before the wait: who asks meanwhile stands behind.
    this.charge(bytes);
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
  }
}

/** In through both, one after the other; who waits for the second holds a place of the first. */
export async function enterAll(
  [own, all]: readonly [RequestLimits, RequestLimits],
  weight: Weight,
  signal: AbortSignal,
): Promise<() => void> {
  const leaveOwn = await own.gate.enter(weight, signal);
  try {
    const leaveAll = await all.gate.enter(weight, signal);
    return () => {
      leaveAll();
      leaveOwn();
    };
  } catch (error) {
    leaveOwn();
    throw error;
  }
}
