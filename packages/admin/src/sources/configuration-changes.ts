import type { AuditRecord } from '@registry-cache/domain';
import { decodeLine, LogFollower } from '@registry-cache/follow';
import { SingleFlight } from '@registry-cache/runtime';
import { parseAuditRecord } from './parse-audit-record.ts';

const MOST_CHANGES = 20;
/** A change is rare among other events, so not each line is parsed. */
const SIGN = '"event":"configuration"';

/**
 * The last changes of the configuration that the audit log and the file before it have. The first
 * question reads both files, and each further one only what was written since.
 */
export class ConfigurationChanges {
  readonly #file: string;
  readonly #reading = new SingleFlight<readonly AuditRecord[]>();
  #follower: LogFollower | undefined;
  /** The oldest first. */
  #changes: readonly AuditRecord[] = [];

  /** @param file the audit log. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The last 20 changes, the newest first. @throws the filesystem's error. */
  list(): Promise<readonly AuditRecord[]> {
    return this.#reading.join('', () => this.#readOn());
  }

  async #readOn(): Promise<readonly AuditRecord[]> {
    const follower = this.#follower ?? new LogFollower(this.#file, undefined);
    this.#follower = follower;
    try {
      for (;;) {
        const read = await follower.read();
        if (read === undefined) return this.#changes.toReversed();
        this.#keep(read.lines);
      }
    } catch (error) {
      // The next question reads both files anew.
      this.#follower = undefined;
      this.#changes = [];
      await follower.close().catch(() => undefined);
      throw error;
    }
  }

  #keep(lines: readonly string[]): void {
    const found = lines
      .filter((line) => line.includes(SIGN))
      .flatMap((line) => parseAuditRecord(decodeLine(line)) ?? [])
      .filter(({ event }) => event === 'configuration');
    if (found.length > 0) this.#changes = [...this.#changes, ...found].slice(-MOST_CHANGES);
  }
}
