import type { DatabaseSync } from 'node:sqlite';

/** @throws what the work throws, after nothing of it is kept. */
export function inTransaction(
  database: DatabaseSync,
  work: (database: DatabaseSync) => void,
): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work(database);
    database.exec('COMMIT');
  } catch (error) {
    // A full disk has ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
