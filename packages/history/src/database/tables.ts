import type { DatabaseSync } from 'node:sqlite';
import { readPragma } from './read-pragma.ts';
import type { Schema } from './schema.ts';

/** Makes the tables of a file, unless it has all of them in this version. @throws Error of SQLite. */
export function makeTables(database: DatabaseSync, schema: Schema): void {
  if (hasTables(database, schema)) return;
  const { name, version, sql } = schema;
  for (const table of listTables(database, name)) database.exec(`DROP TABLE ${name}."${table}"`);
  database.exec(`BEGIN; ${sql} PRAGMA ${name}.user_version = ${version}; COMMIT`);
}

/** Whether a file has all of its tables in this version. @throws Error of SQLite. */
export function hasTables(
  database: DatabaseSync,
  { name, version, tables }: Omit<Schema, 'sql'>,
): boolean {
  const { user_version: found } = readPragma(database, `${name}.user_version`);
  const present = listTables(database, name);
  return found === version && tables.every((table) => present.includes(table));
}

function listTables(database: DatabaseSync, schema: Schema['name']): string[] {
  const rows = database.prepare(`SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table'`);
  return rows.all().map(({ name }) => String(name));
}
