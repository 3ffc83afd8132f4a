import type { DatabaseSync } from 'node:sqlite';
import { readPragma } from './read-pragma.ts';

/** Rolling begins when the database is this full, and ends at the second share. */
const BEGIN_SHARE = 0.85;
const END_SHARE = 0.6;
/** The share of the oldest rows that goes in one step. */
const STEP_SHARE = 0.2;

/** Each table that grows: its key, and the order of age. */
const TABLES = [
  ['pullers', 'day, upstream, repository, who', 'day, lastMs'],
  ['pulls', 'day, upstream, repository, reference', 'day, lastMs'],
  ['requests', 'id', 'id'],
  ['reasons', 'id', 'id'],
  ['evictions', 'id', 'id'],
  ['fetches', 'id', 'id'],
  ['outages', 'id', 'id'],
  ['hours', 'hour, upstream, kind, outcome', 'hour'],
  ['sizes', 'hour', 'hour'],
  ['goneTags', 'upstream, repository, tag', 'lastMs'],
] as const;

/** Removes the oldest rows of all tables while the database is near its limit. */
export function rollIfFull(database: DatabaseSync, beginShare = BEGIN_SHARE): void {
  if (fullShare(database) < beginShare) return;
  // Each step takes a fifth of what is left, so few steps are enough.
  for (let step = 0; step < 10 && fullShare(database) > END_SHARE; step += 1) {
    for (const table of TABLES) removeOldest(database, table);
  }
}

/** The share of the database that the last requests may take, by a size that most rows stay below. */
const REQUESTS_SHARE = 0.15;
const REQUEST_BYTES = 500;
const MAX_REQUESTS = 50_000;

/** Removes all but the newest rows, so that a flood of failures does not push the rest out. */
export function keepNewest(database: DatabaseSync, table: 'requests' | 'reasons'): void {
  const read = (name: string) => Number(readPragma(database, name)[name]);
  const bytes = read('max_page_count') * read('page_size') * REQUESTS_SHARE;
  const rows = Math.min(MAX_REQUESTS, Math.floor(bytes / REQUEST_BYTES));
  database.prepare(`DELETE FROM ${table} WHERE id <= (SELECT max(id) FROM ${table}) - ?`).run(rows);
}

/** The used pages as a share of those that there may be. */
function fullShare(database: DatabaseSync): number {
  const read = (name: string) => Number(readPragma(database, name)[name]);
  return (read('page_count') - read('freelist_count')) / read('max_page_count');
}

function removeOldest(
  database: DatabaseSync,
  [table, key, age]: readonly [table: string, key: string, age: string],
): void {
  const { rows } = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() ?? {};
  const step = Math.floor(Number(rows) * STEP_SHARE);
  database
    .prepare(
      `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} ORDER BY ${age} LIMIT ?)`,
    )
    .run(step);
}
