import type { AuditEvent } from '@registry-cache/domain';

/** As many different events are kept between two writes. The others are only counted. */
const MAX_DIFFERENT = 500;
const MORE = 'more events came at once than are written one by one; see the access log';

/**
 * Events for the audit log. Those that differ in their time and the request's id alone become one
 * with a count, so that a client in a loop does not fill it.
 */
export class GatheredEvents {
  readonly #maxDifferent: number;
  #events = new Map<string, { event: AuditEvent; count: number }>();
  #others = 0;

  constructor(maxDifferent = MAX_DIFFERENT) {
    this.#maxDifferent = maxDifferent;
  }

  add(event: AuditEvent): void {
    const { time: _time, id: _id, ...rest } = event;
    const key = JSON.stringify(rest);
    const known = this.#events.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#events.size < this.#maxDifferent) this.#events.set(key, { event, count: 1 });
    else this.#others += 1;
  }

  /** The events since the last call, each once. */
  take(): AuditEvent[] {
    const known = [...this.#events.values()];
    const events: AuditEvent[] = known.map(({ event, count }) => ({ ...event, count }));
    if (this.#others > 0) events.push({ event: 'refusal', count: this.#others, because: MORE });
    this.#events = new Map();
    this.#others = 0;
    return events;
  }
}
