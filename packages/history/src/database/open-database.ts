import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA, SCHEMA_VERSION, TABLES } from './schema.ts';

const PAGE_BYTES = 4096;
const MIN_PAGES = 64;

/**
 * Opens the database, and makes it where there is none. One that is broken, lacks a table, or is of
 * another version is thrown away first.
 *
 * @param maxBytes the most that it may take on the disk.
 * @throws Error of SQLite or of the filesystem.
 */
export function openDatabase(file: string, maxBytes: number): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  try {
    return prepare(new DatabaseSync(file), maxBytes);
  } catch (error) {
    if (!isBroken(error)) throw error;
    removeDatabase(file);
    return prepare(new DatabaseSync(file), maxBytes);
  }
}

/** Whether the file is no database, or one with damage. */
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

export function removeDatabase(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
}

/** Closes the database where it cannot be used. */
function prepare(database: DatabaseSync, maxBytes: number): DatabaseSync {
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    // A loss of power may cost the last second, and counts and positions are lost together.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576');
    database.exec('PRAGMA cache_size = -1024; PRAGMA wal_autocheckpoint = 256');
    const pages = Math.max(MIN_PAGES, Math.floor(maxBytes / PAGE_BYTES));
    database.exec(`PRAGMA max_page_count = ${pages}`);
    const { user_version: version } = readPragma(database, 'user_version');
    const tables = listTables(database);
    const isWhole = TABLES.every((table) => tables.includes(table));
    if (version === SCHEMA_VERSION && isWhole) return database;
    for (const name of tables) database.exec(`DROP TABLE "${name}"`);
    database.exec(`BEGIN; ${SCHEMA} COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function listTables(database: DatabaseSync): string[] {
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return rows.map(({ name }) => String(name));
}

export function readPragma(database: DatabaseSync, name: string): Record<string, unknown> {
  return database.prepare(`PRAGMA ${name}`).get() ?? {};
}
