import { rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { imagesFile } from '@registry-cache/domain';
import type { ContentSizes, WalkedImage } from '../answers/images.ts';
import { removeDatabase } from '../database/open-database.ts';
import { LISTING } from '../database/schema.ts';
import { makeTables } from '../database/tables.ts';

/** The text that the listing takes at most: that of a million images or so. */
const MAX_CHARACTERS = 256 * 1024 * 1024;
/** So many rows are written between two turns of the event loop: some milliseconds of work. */
const BATCH = 500;

export interface ListingWriterOptions {
  /** Told once how it ended: with an error, or well. Not told of a listing that is given up. */
  readonly onEnd: (error: unknown) => void;
  readonly maxCharacters?: number;
}

interface Statements {
  readonly image: StatementSync;
  readonly content: StatementSync;
}

/**
 * Writes a listing of images into a file of its own, which takes the place of the last one when it is
 * whole. It holds no image in memory, and other requests are answered while it writes.
 *
 * No method throws: after a failure the last listing stays, and what is added goes nowhere.
 */
export class ListingWriter implements Disposable {
  readonly #file: string;
  readonly #newFile: string;
  readonly #onEnd: ListingWriterOptions['onEnd'];
  readonly #maxCharacters: number;
  #database: DatabaseSync | undefined;
  #statements: Statements | undefined;
  #rows = 0;
  #characters = 0;
  #unlisted = 0;

  constructor(storeRoot: string, { onEnd, maxCharacters = MAX_CHARACTERS }: ListingWriterOptions) {
    this.#file = imagesFile(storeRoot);
    this.#newFile = `${this.#file}.new`;
    this.#onEnd = onEnd;
    this.#maxCharacters = maxCharacters;
    try {
      this.#statements = this.#open();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Adds an image. One that the listing has no room for is counted alone. */
  async add(image: WalkedImage): Promise<void> {
    const { name, upstream, repository, tag, digest, platforms, content, checkedMs } = image;
    const names = [name, upstream, repository, tag, digest, platforms.join(' ')] as const;
    this.#characters += names.reduce((sum, { length }) => sum + length, 0);
    if (this.#characters > this.#maxCharacters) {
      this.#unlisted += 1;
      return;
    }
    const roundedMs = checkedMs === null ? null : Math.round(checkedMs);
    await this.#write((statements) => statements.image.run(...names, content, roundedMs));
  }

  /**
   * Puts the listing in the place of the last one.
   * @param contents the sizes of all contents that the images have.
   * @param walkedMs when the walk over the store began.
   */
  async end(contents: Iterable<ContentSizes>, walkedMs: number): Promise<void> {
    for (const { content, ownBytes, sharedBytes } of contents) {
      if (this.#database === undefined) return;
      await this.#write((statements) => statements.content.run(content, ownBytes, sharedBytes));
    }
    if (this.#database === undefined) return;
    try {
      this.#database.prepare('INSERT INTO walk VALUES (?, ?)').run(walkedMs, this.#unlisted);
      this.#database.exec('COMMIT');
      this.#close();
      await this.#putInPlace();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#onEnd(undefined);
  }

  /** Gives up a listing that has not ended. */
  [Symbol.dispose](): void {
    if (this.#database === undefined) return;
    this.#close();
    this.#remove();
  }

  /** A loss of power in the middle costs a file that nobody reads, so it needs no journal. */
  #open(): Statements {
    removeDatabase(this.#newFile);
    const database = new DatabaseSync(':memory:');
    this.#database = database;
    database.prepare(`ATTACH ? AS ${LISTING.name}`).run(this.#newFile);
    database.exec('PRAGMA listing.journal_mode = OFF; PRAGMA listing.synchronous = OFF');
    database.exec('PRAGMA listing.cache_size = -4096');
    makeTables(database, LISTING);
    database.exec('BEGIN');
    return {
      image: database.prepare('INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
      content: database.prepare('INSERT INTO contents VALUES (?, ?, ?)'),
    };
  }

  async #write(write: (statements: Statements) => unknown): Promise<void> {
    if (this.#statements === undefined) return;
    try {
      write(this.#statements);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#rows += 1;
    if (this.#rows % BATCH === 0) await setImmediate();
  }

  async #putInPlace(): Promise<void> {
    const handle = await open(this.#newFile, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A journal of the file before would be taken for one of this file.
    rmSync(`${this.#file}-journal`, { force: true });
    await rename(this.#newFile, this.#file);
  }

  #fail(error: unknown): void {
    this.#close();
    this.#remove();
    this.#onEnd(error);
  }

  #remove(): void {
    try {
      removeDatabase(this.#newFile);
    } catch {
      // The next listing tries it again, and says so.
    }
  }

  #close(): void {
    this.#statements = undefined;
    try {
      this.#database?.close();
    } catch {
      // A file that is not whole is removed anyway.
    }
    this.#database = undefined;
  }
}
