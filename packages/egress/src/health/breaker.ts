import { type Illness, illError } from './illness.ts';

/** A request that waits so long for its answer makes the host suspect. */
const SUSPECT_AFTER_MS = 500;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export interface BreakerTools {
  /** The host, as a message names it. */
  readonly name: string;
  /** Asks for a sign of life: whether it was a good one. @throws Error when nothing came. */
  readonly probe: (signal: AbortSignal) => Promise<boolean>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly onIll: (reason: string) => void;
  readonly onWell: (illForMs: number) => void;
}

/** One request to the host, from its start to its answer. */
export interface Watch {
  heard(): void;
  /** No answer came. */
  failed(reason: string): void;
  /** An answer came that a gateway gives when what is behind it is down. */
  doubted(reason: string): void;
  end(): void;
}

/**
 * Takes a host that does not answer out of everybody's way: requests fail at once while probes in
 * the background wait for a sign of life. One failure is enough, as long as nothing else was
 * heard from the host meanwhile; one sign of life is enough to end it.
 */
export class Breaker {
  readonly #tools: BreakerTools;
  readonly #closing = new AbortController();
  #heard = 0;
  #isSuspect = false;
  #isDoubted = false;
  #illness: Illness | undefined;

  constructor(tools: BreakerTools) {
    this.#tools = tools;
  }

  get isIll(): boolean {
    return this.#illness?.isCertain === true;
  }

  get isSuspect(): boolean {
    return this.#isSuspect || this.#illness !== undefined;
  }

  /** @throws AnswerError 503 with Retry-After, while the host is ill. */
  admit(): void {
    if (!this.#illness?.isCertain) return;
    const nowMs = this.#tools.now();
    if (this.#illness.nextTrialMs > nowMs) throw illError(this.#tools.name, this.#illness, nowMs);
    this.#illness.nextTrialMs = nowMs + LONGEST_PAUSE_MS;
  }

  begin(): Watch {
    const before = this.#heard;
    const isSilent = () => this.#heard === before;
    const timer = setTimeout(() => {
      if (isSilent()) this.#isSuspect = true;
    }, SUSPECT_AFTER_MS);
    timer.unref();
    return {
      heard: () => this.heard(),
      failed: (reason) => {
        if (isSilent()) this.#open(reason, false);
      },
      doubted: (reason) => {
        if (isSilent()) this.#ask(reason);
      },
      end: () => clearTimeout(timer),
    };
  }

  heard(): void {
    this.#heard += 1;
    this.#isSuspect = false;
    if (this.#illness === undefined) return;
    const { sinceMs, isCertain } = this.#illness;
    this.#illness = undefined;
    if (isCertain) this.#tools.onWell(this.#tools.now() - sinceMs);
  }

  close(): void {
    this.#closing.abort();
  }

  /** One path may fail like that while the host is well: it counts when the host itself says so. */
  #ask(reason: string): void {
    if (this.#isDoubted || this.#illness !== undefined) return;
    this.#isDoubted = true;
    this.#tools
      .probe(this.#closing.signal)
      .then(
        (isWell) => (isWell ? this.heard() : this.#open(reason, true)),
        () => this.#open(reason, true),
      )
      .finally(() => {
        this.#isDoubted = false;
      });
  }

  #open(reason: string, isProbed: boolean): void {
    if (this.#illness !== undefined || this.#closing.signal.aborted) return;
    const { now } = this.#tools;
    const illness: Illness = {
      sinceMs: now(),
      reason,
      isCertain: false,
      nextProbeMs: now(),
      nextTrialMs: Number.POSITIVE_INFINITY,
    };
    this.#illness = illness;
    if (isProbed) this.#confirm(illness);
    else setTimeout(() => this.#confirm(illness), SUSPECT_AFTER_MS).unref();
    void this.#probeUntilHeard(illness, isProbed ? FIRST_PAUSE_MS : 0);
  }

  #confirm(illness: Illness): void {
    if (this.#illness !== illness || illness.isCertain || this.#closing.signal.aborted) return;
    illness.isCertain = true;
    this.#tools.onIll(illness.reason);
  }

  async #probeUntilHeard(illness: Illness, firstPauseMs: number): Promise<void> {
    const { probe, sleep, now } = this.#tools;
    const { signal } = this.#closing;
    for (
      let pauseMs = firstPauseMs;
      ;
      pauseMs = Math.min(pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    ) {
      illness.nextProbeMs = now() + pauseMs;
      try {
        await sleep(pauseMs, signal);
        // Something else may have been heard, and the next illness has probes of its own.
        if (this.#illness !== illness) return;
        if (await probe(signal)) return this.heard();
        // Its probes may fail for good where its manifests do not.
        illness.nextTrialMs = Math.min(illness.nextTrialMs, now() + LONGEST_PAUSE_MS);
      } catch {
        if (signal.aborted) return;
      }
      this.#confirm(illness);
    }
  }
}
