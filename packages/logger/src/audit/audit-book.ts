import type { AuditEvent, ServedNames } from '@registry-cache/domain';
import { appendAudit, rotateWhenLarge } from '@registry-cache/runtime';
import { readAudit } from './read-audit.ts';

export interface AuditBookOptions {
  readonly file: string;
  /** In bytes. The file is renamed to `<file>.1` when it has reached that. */
  readonly rotateAtBytes: number;
  /** The registry of each upstream, by the upstream's id. */
  readonly registries: () => ServedNames;
}

/** As many different events are kept between two writes. The others are only counted. */
const MAX_DIFFERENT = 500;

/**
 * Gathers events from lines of the access log, and writes them to the audit log. Events that differ
 * in their time and the request's id alone become one line with a count, so that a client in a loop
 * does not fill it.
 */
export class AuditBook {
  readonly #options: AuditBookOptions;
  #events = new Map<string, { event: AuditEvent; count: number }>();
  #others = 0;

  constructor(options: AuditBookOptions) {
    this.#options = options;
  }

  addLine(line: string): void {
    const event = readAudit(line, this.#options.registries());
    if (event === undefined) return;
    const { time: _time, id: _id, ...rest } = event;
    const key = JSON.stringify(rest);
    const known = this.#events.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#events.size < MAX_DIFFERENT) this.#events.set(key, { event, count: 1 });
    else this.#others += 1;
  }

  /**
   * Writes the events since the last call, each once. They are dropped if that fails.
   *
   * @returns the number of lines.
   * @throws AuditWriteError
   */
  async write(): Promise<number> {
    const events = [...this.#events.values()].map(({ event, count }) => ({ ...event, count }));
    const others = this.#others;
    this.#events = new Map();
    this.#others = 0;
    if (others > 0) events.push({ event: 'refusal', count: others, because: MORE });
    const { file, rotateAtBytes } = this.#options;
    try {
      await rotateWhenLarge(file, rotateAtBytes);
      if (events.length > 0) await appendAudit(file, events);
      return events.length;
    } catch (error) {
      throw new AuditWriteError(events.length, error);
    }
  }
}

const MORE = 'more events came at once than are written one by one; see the access log';

/** The audit log could not be written. */
export class AuditWriteError extends Error {
  readonly code = 'AUDIT_WRITE';
  readonly lost: number;

  constructor(lost: number, cause: unknown) {
    super('could not write the audit log', { cause });
    this.name = 'AuditWriteError';
    this.lost = lost;
  }
}
