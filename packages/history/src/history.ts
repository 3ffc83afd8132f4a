import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_WORKERS, eventsFile, historyFile, imagesFile } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { attachListing, detachListing } from './database/attach-listing.ts';
import {
  isBroken,
  isFull,
  isListingDamaged,
  openDatabase,
  removeDatabase,
} from './database/open-database.ts';
import { rollIfFull } from './database/roll.ts';
import { countLines, type NameOf } from './ingest/access-batch.ts';
import { parseEvent } from './ingest/parse-event.ts';
import { type Source, SourceReader } from './ingest/source.ts';
import { writeAccess } from './ingest/write-access.ts';
import { writeEvents } from './ingest/write-events.ts';
import { describeListingTrouble, type ListingTrouble } from './listing/describe-listing-trouble.ts';
import { ListingWriter } from './listing/listing-writer.ts';

export interface HistoryOptions {
  readonly storeRoot: string;
  readonly accessLog: string;
  /** The most that the database may take on the disk, without the listing of images. */
  readonly maxBytes: number;
  readonly nameOf: NameOf;
  readonly nowMs: () => number;
  /** Called before logs are read: the names may have changed. */
  readonly beforeReading?: () => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
}

/** The pause between two looks at the logs, so that many lines are one transaction. */
const LOOK_EVERY_MS = 2_000;

/**
 * Counts, fetches and evictions of the last time. It is the one writer of its database. A database
 * that is lost, broken or full costs history, and nothing else: it is made anew.
 */
export class History {
  readonly #options: HistoryOptions;
  readonly #file: string;
  readonly #readers: readonly SourceReader[];
  #database: DatabaseSync | undefined;
  #inode = 0;
  /** The inode of the listing's file, where one was looked for. */
  #listing: { readonly inode: number | undefined } | undefined;
  #running: Promise<void> | undefined;
  #isTroubled = false;
  #isListingTroubled = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#file = historyFile(options.storeRoot);
    this.#readers = listSources(options).map((source) => new SourceReader(source));
  }

  /** Whether it could be read and written at the last try. */
  get isWell(): boolean {
    return !this.#isTroubled;
  }

  /** Follows the logs until the signal, and reads them once more after it. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.catchUp();
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    await this.catchUp();
    await this.close();
  }

  /** Reads what the logs have by now. Never rejects: a failure is logged, and tried again later. */
  async catchUp(): Promise<void> {
    // Lines that were written before this call may be behind a running look.
    await this.#running;
    this.#running ??= this.#readLogs().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Asks the database after it has caught up. Without a database there is no history to tell. */
  async ask<Answer>(question: (database: DatabaseSync) => Answer, none: Answer): Promise<Answer> {
    await this.catchUp();
    try {
      return this.#database === undefined ? none : question(this.#database);
    } catch (error) {
      await this.#recover(error);
      return none;
    }
  }

  /**
   * Begins a listing of the images in the store, which takes the place of the last one at its end.
   * No history goes for it: where it cannot be written, the last one stays, and the log says so once.
   */
  async openListing(): Promise<ListingWriter> {
    await this.catchUp();
    return new ListingWriter(this.#options.storeRoot, {
      onEnd: (error) => this.#noteListing('not written', error),
    });
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#forget();
  }

  async #readLogs(): Promise<void> {
    try {
      await this.#options.beforeReading?.();
      const database = await this.#open();
      for (const reader of this.#readers) await reader.readAll(database);
      this.#isTroubled = false;
    } catch (error) {
      await this.#recover(error);
    }
  }

  /** Somebody may have removed the file, or put another one there. */
  async #open(): Promise<DatabaseSync> {
    const inode = readInode(this.#file);
    if (this.#database === undefined || inode !== this.#inode) {
      await this.#forget();
      // What belongs to a removed database would break a new one.
      if (inode === undefined) removeDatabase(this.#file);
      this.#database = openDatabase(this.#options.storeRoot, this.#options.maxBytes);
      this.#inode = statSync(this.#file).ino;
    }
    this.#followListing(this.#database);
    return this.#database;
  }

  /** A new listing is a new file. */
  #followListing(database: DatabaseSync): void {
    const { storeRoot } = this.#options;
    const inode = readInode(imagesFile(storeRoot));
    if (this.#listing !== undefined && this.#listing.inode === inode) return;
    detachListing(database);
    this.#noteListing('not read', attachListing(database, storeRoot));
    this.#listing = { inode };
  }

  #noteListing(trouble: ListingTrouble, error: unknown): void {
    if (error !== undefined && !this.#isListingTroubled) {
      const { log, storeRoot } = this.#options;
      log.warn({ err: error }, describeListingTrouble(storeRoot, trouble));
    }
    this.#isListingTroubled = error !== undefined;
  }

  async #recover(error: unknown): Promise<void> {
    const { log, storeRoot } = this.#options;
    const isListingAlone = isBroken(error) && isListingDamaged(storeRoot);
    if (isListingAlone) this.#noteListing('damaged', error);
    else if (!this.#isTroubled) log.warn({ err: error }, 'history could not be written or read');
    this.#isTroubled = !isListingAlone;
    try {
      if (isBroken(error)) {
        await this.#forget();
        if (!isListingAlone) removeDatabase(this.#file);
        removeDatabase(imagesFile(storeRoot));
      } else if (!isFull(error)) {
        // Opened anew, it is looked at: somebody may have taken a table out.
        await this.#forget();
      } else if (this.#database !== undefined) {
        rollIfFull(this.#database, 0.5);
      }
    } catch {
      // The disk takes nothing at all. The next look tries again.
    }
  }

  async #forget(): Promise<void> {
    for (const reader of this.#readers) await reader.reset();
    this.#close();
  }

  #close(): void {
    try {
      this.#database?.close();
    } catch {
      // A broken database need not be closed well.
    }
    this.#database = undefined;
    this.#listing = undefined;
  }
}

function readInode(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

function listSources({ storeRoot, accessLog, nameOf, nowMs }: HistoryOptions): Source[] {
  const access: Source = {
    name: 'access',
    path: accessLog,
    write: (database, lines) => writeAccess(database, countLines(lines, nameOf, nowMs())),
  };
  const events = EVENT_WORKERS.map((worker): Source => {
    return {
      name: `events ${worker}`,
      path: eventsFile(storeRoot, worker),
      write: (database, lines) => {
        writeEvents(
          database,
          lines.flatMap((line) => parseEvent(line) ?? []),
          nowMs(),
        );
      },
    };
  });
  return [access, ...events];
}
