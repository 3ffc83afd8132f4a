import type { DatabaseSync } from 'node:sqlite';

/** How often a reference of an image was pulled, and when last. */
export interface Pulls {
  readonly reference: string;
  readonly pulls: number;
  readonly misses: number;
  readonly lastMs: number;
}

/** A client that pulled from a repository. */
export interface Puller {
  /** A user, or the address of a client without a login. */
  readonly who: string;
  readonly pulls: number;
  readonly lastMs: number;
}

export interface ImageName {
  readonly upstream: string;
  readonly repository: string;
}

export interface PullsWanted extends ImageName {
  /** Only this one. */
  readonly reference?: string | undefined;
}

/** The references of a repository that were pulled, the newest first. */
export function askPulls(
  database: DatabaseSync,
  { upstream, repository, reference }: PullsWanted,
  limit: number,
): Pulls[] {
  const ofReference = reference === undefined ? '' : 'AND reference = ?';
  const image = [upstream, repository, ...(reference === undefined ? [] : [reference])];
  return database
    .prepare(
      `SELECT reference, sum(pulls) AS pulls, sum(misses) AS misses, max(lastMs) AS lastMs
       FROM pulls WHERE upstream = ? AND repository = ? ${ofReference}
       GROUP BY reference ORDER BY lastMs DESC LIMIT ?`,
    )
    .all(...image, limit) as unknown as Pulls[];
}

/** The pulls by one reference; undefined where none is remembered. */
export function askReferencePulls(
  database: DatabaseSync,
  image: ImageName,
  reference: string,
): Pulls | undefined {
  return database
    .prepare(
      `SELECT reference, sum(pulls) AS pulls, sum(misses) AS misses, max(lastMs) AS lastMs
       FROM pulls WHERE upstream = ? AND repository = ? AND reference = ? GROUP BY reference`,
    )
    .get(image.upstream, image.repository, reference) as Pulls | undefined;
}

export function askPullers(database: DatabaseSync, image: ImageName, limit: number): Puller[] {
  return database
    .prepare(
      `SELECT who, sum(pulls) AS pulls, max(lastMs) AS lastMs FROM pullers
       WHERE upstream = ? AND repository = ? GROUP BY who ORDER BY lastMs DESC LIMIT ?`,
    )
    .all(image.upstream, image.repository, limit) as unknown as Puller[];
}
