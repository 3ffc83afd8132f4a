import type { AuditEventName, AuditRecord } from '@registry-cache/domain';
import { parseAuditRecord } from './parse-audit-record.ts';

/** The most that the kept lines take, in bytes. */
const MOST_BYTES = 512 * 1024;

/** The last records of an event, as lines: most of them are never asked for. */
export class KeptRecords {
  readonly #event: AuditEventName;
  readonly #most: number;
  /** The oldest first. Copies: a part of a text would keep all that was read with it. */
  #lines: Buffer[] = [];
  #bytes = 0;
  #hasDropped = false;

  /** @param most the number of records that are kept. */
  constructor(event: AuditEventName, most: number) {
    this.#event = event;
    this.#most = most;
  }

  /** Whether there were more than are kept. */
  get hasDropped(): boolean {
    return this.#hasDropped;
  }

  /** @param lines of the audit log, the oldest first, each byte of them as one character. */
  add(lines: readonly string[]): void {
    const sign = `"event":"${this.#event}"`;
    for (const line of lines) {
      if (!line.includes(sign)) continue;
      this.#lines.push(Buffer.from(line, 'latin1'));
      this.#bytes += line.length;
    }
    let dropped = 0;
    while (this.#lines.length - dropped > this.#most || this.#bytes > MOST_BYTES) {
      this.#bytes -= this.#lines[dropped]?.length ?? 0;
      dropped += 1;
    }
    if (dropped === 0) return;
    this.#lines = this.#lines.slice(dropped);
    this.#hasDropped = true;
  }

  /** The records that are kept. Lines that are broken are left out. */
  *newestFirst(): Generator<AuditRecord> {
    for (const line of this.#lines.toReversed()) {
      const record = parseAuditRecord(line.toString());
      if (record?.event === this.#event) yield record;
    }
  }
}
