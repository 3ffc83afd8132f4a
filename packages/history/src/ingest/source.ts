import type { DatabaseSync } from 'node:sqlite';
import { LogFollower, type LogPosition } from '@registry-cache/follow';
import { rollIfFull } from '../database/roll.ts';
import { inTransaction } from '../database/transaction.ts';

/** A log that is followed. Lines become rows in the transaction that notes how far it is read. */
export interface Source {
  /** Its name in the database. */
  readonly name: string;
  readonly path: string;
  /** Writes lines. Called inside of a transaction. */
  readonly write: (database: DatabaseSync, lines: readonly string[]) => void;
}

/** Reads one source into the database, each line once. */
export class SourceReader {
  readonly #source: Source;
  #follower: LogFollower | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Reads to the end of the log.
   * @throws Error of SQLite. The next call then goes on from what the database has.
   */
  async readAll(database: DatabaseSync): Promise<void> {
    const { name, path } = this.#source;
    this.#follower ??= new LogFollower(path, readPosition(database, name));
    try {
      for (;;) {
        const read = await this.#follower.read();
        if (read === undefined) return;
        this.#commit(database, read.lines, this.#follower.position);
        rollIfFull(database);
      }
    } catch (error) {
      await this.reset();
      throw error;
    }
  }

  /** Forgets how far it has read: the next call asks the database. */
  async reset(): Promise<void> {
    const follower = this.#follower;
    this.#follower = undefined;
    await follower?.close().catch(() => undefined);
  }

  #commit(
    database: DatabaseSync,
    lines: readonly string[],
    position: LogPosition | undefined,
  ): void {
    inTransaction(database, () => {
      this.#source.write(database, lines);
      if (position !== undefined) writePosition(database, this.#source.name, position);
    });
  }
}

function readPosition(database: DatabaseSync, source: string): LogPosition | undefined {
  const row = database
    .prepare('SELECT inode, offset, mark FROM positions WHERE source = ?')
    .get(source) as { inode: number; offset: number; mark: string | null } | undefined;
  if (row === undefined) return undefined;
  const { inode, offset, mark } = row;
  return { inode, offset, ...(mark !== null && { mark }) };
}

function writePosition(
  database: DatabaseSync,
  source: string,
  { inode, offset, mark = null }: Omit<LogPosition, 'mark'> & { mark?: string | undefined | null },
): void {
  database
    .prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)')
    .run(source, inode, offset, mark);
}
