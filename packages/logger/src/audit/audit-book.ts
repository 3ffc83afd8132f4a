import type { ServedNames } from '@registry-cache/domain';
import { appendAudit, GatheredEvents, rotateWhenLarge } from '@registry-cache/runtime';
import { readAudit } from './read-audit.ts';

export interface AuditBookOptions {
  readonly file: string;
  /** In bytes. The file is renamed to `<file>.1` when it has reached that. */
  readonly rotateAtBytes: number;
  /** The registry of each upstream, by the upstream's id. */
  readonly registries: () => ServedNames;
}

/**
 * Gathers events from lines of the access log, and writes them to the audit log. Events that differ
 * in their time and the request's id alone become one line with a count, so that a client in a loop
 * does not fill it.
 */
export class AuditBook {
  readonly #options: AuditBookOptions;
  readonly #gathered = new GatheredEvents();

  constructor(options: AuditBookOptions) {
    this.#options = options;
  }

  addLine(line: string): void {
    const event = readAudit(line, this.#options.registries());
    if (event !== undefined) this.#gathered.add(event);
  }

  /**
   * Writes the events since the last call, each once. They are dropped if that fails.
   *
   * @returns the number of lines.
   * @throws AuditWriteError
   */
  async write(): Promise<number> {
    const events = this.#gathered.take();
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
