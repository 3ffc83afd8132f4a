/** The time over which the rate of a number of connections is measured. */
const PERIOD_MS = 200;
/**
 * The share of its fair gain that one more connection must bring. Its fair gain is the rate of one
 * connection, if nothing but the connection is the limit.
 */
const MIN_GAIN = 0.5;

/**
 * Finds how many connections help one download, by trial (hill climbing). It adds one connection
 * as long as the last one brought its gain. A source with a limit for all connections together
 * stays at one.
 */
export class ConnectionTuner {
  readonly #max: number;
  #connections = 1;
  #since: number | undefined;
  #bytesThen = 0;
  #rateBefore = 0;
  #settled: boolean;

  constructor(max: number) {
    this.#max = max;
    this.#settled = max <= 1;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Whether the newest connection is still on trial. */
  get isTrying(): boolean {
    return !this.#settled && this.#connections > 1;
  }

  /** Call it at the first bytes of each connection: the trial of the newest begins. */
  begin(nowMs: number, bytes: number): void {
    if (this.#since !== undefined || this.#settled) return;
    this.#since = nowMs;
    this.#bytesThen = bytes;
  }

  /** Call it as bytes arrive; `bytes` is the count of all so far. */
  sample(nowMs: number, bytes: number): void {
    if (this.#settled || this.#since === undefined || nowMs - this.#since < PERIOD_MS) return;
    const rate = (bytes - this.#bytesThen) / (nowMs - this.#since);
    const before = this.#connections - 1;
    this.#since = undefined;
    if (before > 0 && rate < this.#rateBefore * (1 + MIN_GAIN / before)) {
      this.#connections -= 1;
      this.#settled = true;
      return;
    }
    this.#rateBefore = rate;
    if (this.#connections === this.#max) this.#settled = true;
    else this.#connections += 1;
  }
}
