import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { imagesFile } from '@registry-cache/domain';
import { LISTING } from './schema.ts';
import { hasTables, makeTables } from './tables.ts';

/**
 * Attaches the listing of images to the history, so that one question can read both. In the place of
 * a listing that is missing, of another version or not readable there is an empty one in memory: the
 * next walk over the store writes a new file.
 *
 * @returns why the file could not be read; undefined for a good or missing one.
 * @throws Error of SQLite where even memory does not do.
 */
export function attachListing(database: DatabaseSync, storeRoot: string): unknown {
  const file = imagesFile(storeRoot);
  let failure: unknown;
  try {
    if (existsSync(file)) {
      attach(database, file);
      if (hasTables(database, LISTING)) return undefined;
    }
  } catch (error) {
    failure = error;
  }
  detachListing(database);
  attach(database, ':memory:');
  makeTables(database, LISTING);
  return failure;
}

/** Detaches it, if it is attached. @throws Error of SQLite. */
export function detachListing(database: DatabaseSync): void {
  const isAttached = database
    .prepare('PRAGMA database_list')
    .all()
    .some(({ name }) => name === LISTING.name);
  if (isAttached) database.exec(`DETACH ${LISTING.name}`);
}

function attach(database: DatabaseSync, place: string): void {
  database.prepare(`ATTACH ? AS ${LISTING.name}`).run(place);
  database.exec(`PRAGMA ${LISTING.name}.cache_size = -1024`);
}
