import { type Illness, illError } from './circuit-open.ts';

/** A request that waits so long for its answer makes the host suspect. */
const SUSPECT_AFTER_MS = 500;
/** After so long a probe asks whether it is the host that is silent, or one path of it. */
const ASK_AFTER_MS = 2_000;
/** Request and probe both silent for so long is an illness, however long each may still take. */
const SILENT_MS = 10_000;
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
  #isListening = false;
  readonly #waiting = new Set<() => void>();
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

  /** @param isPatient a blob may begin late, so that its silence alone makes nothing suspect. */
  begin(isPatient = false): Watch {
    const before = this.#heard;
    const isSilent = () => this.#heard === before;
    const suspect = () => {
      if (isSilent()) this.#isSuspect = true;
    };
    const ask = () => {
      if (isSilent()) this.#listen();
    };
    const timers = [setTimeout(ask, ASK_AFTER_MS)];
    if (!isPatient) timers.push(setTimeout(suspect, SUSPECT_AFTER_MS));
    for (const timer of timers) timer.unref();
    return {
      heard: () => this.heard(),
      failed: (reason) => {
        if (isSilent()) this.#open(reason, false);
      },
      doubted: (reason) => {
        if (isSilent()) this.#ask(reason);
      },
      end: () => timers.forEach(clearTimeout),
    };
  }

  /**
   * The outcome of work at the host, unless its silence makes it ill first. The work goes on, and a
   * late outcome is given to `onLate`.
   * @throws AnswerError 503 as `admit`, or what the work threw.
   */
  async orIll<T>(work: Promise<T>, onLate: (outcome: T) => void): Promise<T> {
    const { promise: silent, reject } = Promise.withResolvers<never>();
    let isLate = false;
    const release = () => {
      const { name, now } = this.#tools;
      if (this.#illness === undefined) return;
      isLate = true;
      reject(illError(name, this.#illness, now()));
    };
    this.#waiting.add(release);
    work.then(
      (outcome) => isLate && onLate(outcome),
      () => undefined,
    );
    try {
      return await Promise.race([work, silent]);
    } finally {
      this.#waiting.delete(release);
    }
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

  /** Somebody waits. Slow links take their time, so only a long silence of a probe too counts. */
  #listen(): void {
    if (this.#isListening || this.#illness !== undefined) return;
    this.#isListening = true;
    const before = this.#heard;
    const end = (reason?: string) => {
      clearTimeout(timer);
      this.#isListening = false;
      if (reason === undefined || this.#heard !== before) return;
      this.#open(reason, true);
      for (const release of [...this.#waiting]) release();
    };
    const silence = `nothing was heard from it for ${SILENT_MS / 1000} s`;
    const timer = setTimeout(end, SILENT_MS - ASK_AFTER_MS, silence);
    timer.unref();
    this.#tools.probe(this.#closing.signal).then(
      (isWell) => {
        if (isWell) this.heard();
        end(isWell ? undefined : 'it answers probes with an error');
      },
      (error: unknown) => end(error instanceof Error ? error.message : silence),
    );
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
