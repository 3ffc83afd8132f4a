/** Time that a number of connections is given to show what it brings. */
const PERIOD_MS = 200;
/** Of what one more connection would bring if nothing but the connection were the limit. */
const WORTH = 0.5;

/**
 * How many connections a body is worth, found by trying: one more for as long as each brought
 * about what a connection should. A source that is limited in all is left at one.
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

  /** To be called with the first bytes of each connection: the time of the newest begins. */
  begin(nowMs: number, bytes: number): void {
    if (this.#since !== undefined || this.#settled) return;
    this.#since = nowMs;
    this.#bytesThen = bytes;
  }

  /** To be called as bytes come; `bytes` are all so far. */
  sample(nowMs: number, bytes: number): void {
    if (this.#settled || this.#since === undefined || nowMs - this.#since < PERIOD_MS) return;
    const rate = (bytes - this.#bytesThen) / (nowMs - this.#since);
    const before = this.#connections - 1;
    this.#since = undefined;
    if (before > 0 && rate < this.#rateBefore * (1 + WORTH / before)) {
      this.#connections -= 1;
      this.#settled = true;
      return;
    }
    this.#rateBefore = rate;
    if (this.#connections === this.#max) this.#settled = true;
    else this.#connections += 1;
  }
}
