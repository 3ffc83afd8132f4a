import { circuitOpenError, type Outage } from './circuit-open.ts';
import type { CircuitState } from './health.ts';

/** A request that waits this long for its answer half-opens the circuit. */
const SLOW_AFTER_MS = 500;
/** After this wait a probe finds out whether the whole host is silent, or one path of it. */
const PROBE_AFTER_MS = 2_000;
/** The circuit opens if request and probe are both silent for this long, whatever their timeouts. */
const SILENT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export interface BreakerDeps {
  /** The host, as a message names it. */
  readonly name: string;
  /** Sends a probe. True for a good answer. @throws Error if no answer came. */
  readonly probe: (signal: AbortSignal) => Promise<boolean>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly onOpen: (reason: string) => void;
  readonly onClose: (openForMs: number) => void;
}

/** One request to the host, from its start to its answer. */
export interface Watch {
  answered(): void;
  /** No answer came. */
  failed(reason: string): void;
  /** A gateway answered in place of the host: 502, 503 or 504. */
  gatewayFailed(reason: string): void;
  end(): void;
}

/**
 * A circuit breaker for one host. While it is open, requests fail at once, and probes in the
 * background wait for an answer. One failure opens it, unless the host answered something else
 * meanwhile. One answer closes it.
 */
export class Breaker {
  readonly #deps: BreakerDeps;
  readonly #closing = new AbortController();
  #answers = 0;
  #isSlow = false;
  #isConfirmingFailure = false;
  #isProbingSilence = false;
  readonly #waiting = new Set<() => void>();
  #outage: Outage | undefined;

  constructor(deps: BreakerDeps) {
    this.#deps = deps;
  }

  get circuit(): CircuitState {
    if (this.#outage?.isConfirmed === true) return 'open';
    return this.#isSlow || this.#outage !== undefined ? 'half-open' : 'closed';
  }

  /** @throws RegistryError 503 with Retry-After, while the circuit is open. */
  admit(): void {
    if (!this.#outage?.isConfirmed) return;
    const nowMs = this.#deps.now();
    if (this.#outage.nextTrialMs > nowMs) {
      throw circuitOpenError(this.#deps.name, this.#outage, nowMs);
    }
    this.#outage.nextTrialMs = nowMs + LONGEST_PAUSE_MS;
  }

  /** @param isPatient true for a blob, which may begin late: slowness alone is no sign of failure. */
  begin(isPatient = false): Watch {
    const before = this.#answers;
    const isSilent = () => this.#answers === before;
    const markSlow = () => {
      if (isSilent()) this.#isSlow = true;
    };
    const probe = () => {
      if (isSilent()) this.#probeSilence();
    };
    const timers = [setTimeout(probe, PROBE_AFTER_MS)];
    if (!isPatient) timers.push(setTimeout(markSlow, SLOW_AFTER_MS));
    for (const timer of timers) timer.unref();
    return {
      answered: () => this.recordAnswer(),
      failed: (reason) => {
        if (isSilent()) this.#open(reason, false);
      },
      gatewayFailed: (reason) => {
        if (isSilent()) this.#confirmFailure(reason);
      },
      end: () => timers.forEach(clearTimeout),
    };
  }

  /**
   * Waits for the work, but no longer than until the host's silence opens the circuit. The work
   * goes on after that, and `onLate` gets its late outcome.
   * @throws RegistryError 503 as `admit`, or the error of the work.
   */
  async untilOpen<T>(work: Promise<T>, onLate: (outcome: T) => void): Promise<T> {
    const { promise: silent, reject } = Promise.withResolvers<never>();
    let isLate = false;
    const release = () => {
      const { name, now } = this.#deps;
      if (this.#outage === undefined) return;
      isLate = true;
      reject(circuitOpenError(name, this.#outage, now()));
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

  /** The host answered: closes the circuit. */
  recordAnswer(): void {
    this.#answers += 1;
    this.#isSlow = false;
    if (this.#outage === undefined) return;
    const { sinceMs, isConfirmed } = this.#outage;
    this.#outage = undefined;
    if (isConfirmed) this.#deps.onClose(this.#deps.now() - sinceMs);
  }

  close(): void {
    this.#closing.abort();
  }

  /** A gateway error may concern one path only, so it counts if a probe of the host fails too. */
  #confirmFailure(reason: string): void {
    if (this.#isConfirmingFailure || this.#outage !== undefined) return;
    this.#isConfirmingFailure = true;
    this.#deps
      .probe(this.#closing.signal)
      .then(
        (isGood) => (isGood ? this.recordAnswer() : this.#open(reason, true)),
        () => this.#open(reason, true),
      )
      .finally(() => {
        this.#isConfirmingFailure = false;
      });
  }

  /** A request waits. Links may be slow, so the circuit opens only if the probe waits long as well. */
  #probeSilence(): void {
    if (this.#isProbingSilence || this.#outage !== undefined) return;
    this.#isProbingSilence = true;
    const before = this.#answers;
    const end = (reason?: string) => {
      clearTimeout(timer);
      this.#isProbingSilence = false;
      if (reason === undefined || this.#answers !== before) return;
      this.#open(reason, true);
      for (const release of [...this.#waiting]) release();
    };
    const silence = `it sent nothing for ${SILENT_MS / 1000} s`;
    const timer = setTimeout(end, SILENT_MS - PROBE_AFTER_MS, silence);
    timer.unref();
    this.#deps.probe(this.#closing.signal).then(
      (isGood) => {
        if (isGood) this.recordAnswer();
        end(isGood ? undefined : 'it answers probes with an error');
      },
      (error: unknown) => end(error instanceof Error ? error.message : silence),
    );
  }

  #open(reason: string, isProbed: boolean): void {
    if (this.#outage !== undefined || this.#closing.signal.aborted) return;
    const { now } = this.#deps;
    const outage: Outage = {
      sinceMs: now(),
      reason,
      isConfirmed: false,
      nextProbeMs: now(),
      nextTrialMs: Number.POSITIVE_INFINITY,
    };
    this.#outage = outage;
    if (isProbed) this.#confirm(outage);
    else setTimeout(() => this.#confirm(outage), SLOW_AFTER_MS).unref();
    void this.#probeUntilAnswered(outage, isProbed ? FIRST_PAUSE_MS : 0);
  }

  #confirm(outage: Outage): void {
    if (this.#outage !== outage || outage.isConfirmed || this.#closing.signal.aborted) return;
    outage.isConfirmed = true;
    this.#deps.onOpen(outage.reason);
  }

  async #probeUntilAnswered(outage: Outage, firstPauseMs: number): Promise<void> {
    const { probe, sleep, now } = this.#deps;
    const { signal } = this.#closing;
    for (
      let pauseMs = firstPauseMs;
      ;
      pauseMs = Math.min(pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    ) {
      outage.nextProbeMs = now() + pauseMs;
      try {
        await sleep(pauseMs, signal);
        // Another answer may have ended this outage. The next outage has probes of its own.
        if (this.#outage !== outage) return;
        if (await probe(signal)) return this.recordAnswer();
        // Probes of some hosts always fail although their manifests work.
        outage.nextTrialMs = Math.min(outage.nextTrialMs, now() + LONGEST_PAUSE_MS);
      } catch {
        if (signal.aborted) return;
      }
      this.#confirm(outage);
    }
  }
}
