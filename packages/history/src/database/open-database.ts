import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { historyFile, imagesFile } from '@registry-cache/domain';
import { HISTORY, LISTING, type Schema } from './schema.ts';

const PAGE_BYTES = 4096;
const MIN_PAGES = 64;

/**
 * Opens the history of a store with the listing of its images, and makes what is missing. A file
 * that is broken, lacks a table, or is of another version is thrown away first.
 *
 * @param maxBytes the most that the history may take on the disk, without the listing.
 * @throws Error of SQLite or of the filesystem.
 */
export function openDatabase(storeRoot: string, maxBytes: number): DatabaseSync {
  mkdirSync(dirname(historyFile(storeRoot)), { recursive: true, mode: 0o750 });
  try {
    return prepare(storeRoot, maxBytes);
  } catch (error) {
    if (!isBroken(error)) throw error;
    removeDamaged(storeRoot);
    return prepare(storeRoot, maxBytes);
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
 * Removes the listing, and the history too unless the damage is the listing's. SQLite's error does
 * not name the file.
 */
export function removeDamaged(storeRoot: string): void {
  const isListings = isDamaged(imagesFile(storeRoot));
  removeDatabase(imagesFile(storeRoot));
  if (!isListings) removeDatabase(historyFile(storeRoot));
}

export function removeDatabase(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
}

function isDamaged(file: string): boolean {
  if (!existsSync(file)) return false;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    return readPragma(database, 'quick_check').quick_check !== 'ok';
  } catch {
    return true;
  } finally {
    database?.close();
  }
}

/** Closes the database where it cannot be used. */
function prepare(storeRoot: string, maxBytes: number): DatabaseSync {
  const database = new DatabaseSync(historyFile(storeRoot));
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    // A loss of power may cost the last second, and counts and positions are lost together.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576');
    database.exec('PRAGMA cache_size = -1024; PRAGMA wal_autocheckpoint = 256');
    const pages = Math.max(MIN_PAGES, Math.floor(maxBytes / PAGE_BYTES));
    database.exec(`PRAGMA max_page_count = ${pages}`);
    makeTables(database, HISTORY);
    database.prepare(`ATTACH ? AS ${LISTING.name}`).run(imagesFile(storeRoot));
    database.exec('PRAGMA listing.journal_mode = DELETE; PRAGMA listing.synchronous = NORMAL');
    database.exec('PRAGMA listing.cache_size = -1024');
    makeTables(database, LISTING);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes the tables of a file, unless it has all of them in this version. */
function makeTables(database: DatabaseSync, { name, version, tables, sql }: Schema): void {
  const { user_version: found } = readPragma(database, `${name}.user_version`);
  const present = listTables(database, name);
  if (found === version && tables.every((table) => present.includes(table))) return;
  for (const table of present) database.exec(`DROP TABLE ${name}."${table}"`);
  database.exec(`BEGIN; ${sql} PRAGMA ${name}.user_version = ${version}; COMMIT`);
}

function listTables(database: DatabaseSync, schema: Schema['name']): string[] {
  const rows = database.prepare(`SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table'`);
  return rows.all().map(({ name }) => String(name));
}

export function readPragma(database: DatabaseSync, name: string): Record<string, unknown> {
  return database.prepare(`PRAGMA ${name}`).get() ?? {};
}
