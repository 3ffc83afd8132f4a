import type { DatabaseSync } from 'node:sqlite';

export function readPragma(database: DatabaseSync, name: string): Record<string, unknown> {
  return database.prepare(`PRAGMA ${name}`).get() ?? {};
}
