import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { historyFile, imagesFile } from '@registry-cache/domain';
import { readPragma } from './read-pragma.ts';
import { HISTORY } from './schema.ts';
import { makeTables } from './tables.ts';

const PAGE_BYTES = 4096;
const MIN_PAGES = 64;

/**
 * Opens the history of a store, without the listing of its images, and makes what is missing. A file
 * that is broken, lacks a table, or is of another version is thrown away first.
 *
 * @param maxBytes the most that the history may take on the disk.
 * @throws Error of SQLite or of the filesystem.
 */
export function openDatabase(storeRoot: string, maxBytes: number): DatabaseSync {
  const file = historyFile(storeRoot);
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  try {
    return prepare(file, maxBytes);
  } catch (error) {
    if (!isBroken(error)) throw error;
    removeDatabase(file);
    return prepare(file, maxBytes);
  }
}

/** Whether a file is no database, or one with damage. */
export function isBroken(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  // SQLITE_CORRUPT and SQLITE_NOTADB, with their extended codes.
  return errcode !== undefined && [11, 26].includes(errcode & 0xff);
}

/** Whether the database or the disk is full. */
export function isFull(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number };
  return (errcode & 0xff) === 13;
}

/**
 * Whether the listing is the file with damage. SQLite's error does not name the file.
 * A file that cannot be opened is not damaged, as far as is known.
 */
export function isListingDamaged(storeRoot: string): boolean {
  const file = imagesFile(storeRoot);
  if (!existsSync(file)) return false;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    return readPragma(database, 'quick_check').quick_check !== 'ok';
  } catch (error) {
    return isBroken(error);
  } finally {
    database?.close();
  }
}

/** @throws the filesystem's error; a missing file is none. */
export function removeDatabase(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
}

/** Closes the database where it cannot be used. */
function prepare(file: string, maxBytes: number): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    // A loss of power may cost the last second, and counts and positions are lost together.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576');
    database.exec('PRAGMA cache_size = -1024; PRAGMA wal_autocheckpoint = 256');
    const pages = Math.max(MIN_PAGES, Math.floor(maxBytes / PAGE_BYTES));
    database.exec(`PRAGMA max_page_count = ${pages}`);
    makeTables(database, HISTORY);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
