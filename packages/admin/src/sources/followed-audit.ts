import type { AuditRecord } from '@registry-cache/domain';
import { LogFollower } from '@registry-cache/follow';
import { SingleFlight } from '@registry-cache/runtime';
import { KeptRecords } from './kept-records.ts';

/** Which records are wanted. */
interface Wanted {
  readonly limit: number;
  /** Only those since this time. */
  readonly sinceMs?: number | undefined;
}

/** The newest records that are wanted, the newest first. */
interface LastRefusals {
  readonly records: readonly AuditRecord[];
  /** Whether the audit log may have more of them. */
  readonly mayHaveMore: boolean;
}

/**
 * The last changes of the configuration and the last refusals that the audit log and the file before
 * it have. The first question reads both files, and each further one only what was written since.
 */
export class FollowedAudit {
  readonly #file: string;
  readonly #reading = new SingleFlight<void>();
  #follower: LogFollower | undefined;
  #changes = keepChanges();
  #refusals = keepRefusals();

  /** @param file the audit log. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The last 20 changes, the newest first. @throws the filesystem's error. */
  async changes(): Promise<readonly AuditRecord[]> {
    await this.#reading.join('', () => this.#readOn());
    return [...this.#changes.newestFirst()];
  }

  /** The last refusals, of some 1000 that are kept. @throws the filesystem's error. */
  async refusals({ limit, sinceMs = 0 }: Wanted): Promise<LastRefusals> {
    await this.#reading.join('', () => this.#readOn());
    const records: AuditRecord[] = [];
    // A refusal that is no longer kept is older than each that is.
    let { hasDropped: mayHaveMore } = this.#refusals;
    for (const record of this.#refusals.newestFirst()) {
      if (records.length === limit) break;
      if (Date.parse(record.time) >= sinceMs) records.push(record);
      else mayHaveMore = false;
    }
    return { records, mayHaveMore: mayHaveMore && records.length < limit };
  }

  async close(): Promise<void> {
    await this.#follower?.close();
  }

  async #readOn(): Promise<void> {
    const follower = this.#follower ?? new LogFollower(this.#file, undefined);
    this.#follower = follower;
    try {
      for (;;) {
        const read = await follower.read();
        if (read === undefined) return;
        this.#changes.add(read.lines);
        this.#refusals.add(read.lines);
      }
    } catch (error) {
      // The next question reads both files anew.
      this.#follower = undefined;
      this.#changes = keepChanges();
      this.#refusals = keepRefusals();
      await follower.close().catch(() => undefined);
      throw error;
    }
  }
}

function keepChanges(): KeptRecords {
  return new KeptRecords('configuration', 20);
}

/** The page asks for 50 of them. */
function keepRefusals(): KeptRecords {
  return new KeptRecords('refusal', 1000);
}
