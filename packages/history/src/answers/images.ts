import type { DatabaseSync } from 'node:sqlite';

/** A tag that is in the store. */
export interface WalkedImage {
  /** As people write it: `quay.io/team/app:v1`. */
  readonly name: string;
  readonly upstream: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly platforms: readonly string[];
  /** The number of its content, which tags of one digest share. */
  readonly content: number;
  /** When the upstream confirmed it last; null for a pushed image, and where a check is due. */
  readonly checkedMs: number | null;
}

/** The bytes of the content that has this number. */
export interface ContentSizes {
  readonly content: number;
  /** Bytes that this image alone has. */
  readonly ownBytes: number;
  /** Bytes that other images have too. */
  readonly sharedBytes: number;
}

export interface ListedImage extends Omit<WalkedImage, 'content'>, Omit<ContentSizes, 'content'> {
  /** The last pull by this tag that is remembered. */
  readonly pulledMs: number | null;
  /** Since when its upstream says that the tag does not exist; null for a tag that it has. */
  readonly goneMs: number | null;
}

/** A walk over the store. */
export interface Walk {
  /** When it began. */
  readonly atMs: number;
  /** Images that it found, and that the listing has no room for. */
  readonly unlisted: number;
}

/** The last walk; undefined before the first one. */
export function readWalk(database: DatabaseSync): Walk | undefined {
  return database.prepare('SELECT atMs, unlisted FROM walk').get() as Walk | undefined;
}

export interface ImagesQuestion {
  /** With `*` for any text; without it, a part of the name. */
  readonly pattern: string;
  readonly limit: number;
  /** Only names behind this one in the order of names; for `sort: 'name'`. */
  readonly after?: string | undefined;
  /** So many are left out at the beginning. */
  readonly skip?: number;
  /** By their names, or the largest own size first. */
  readonly sort?: ImageOrder;
  /** Only those whose upstream has deleted the tag. */
  readonly gone?: boolean | undefined;
}

export type ImageOrder = 'name' | 'size';

const ORDERS: Readonly<Record<ImageOrder, string>> = {
  name: 'name',
  size: 'ownBytes DESC, name',
};

/** A tag that came back was confirmed after its upstream said last that it is gone. */
const GONE = `(SELECT CASE WHEN sinceMs > checkedMs THEN sinceMs ELSE lastMs END FROM goneTags
  WHERE goneTags.upstream = images.upstream AND goneTags.repository = images.repository
  AND goneTags.tag = images.tag AND lastMs > checkedMs)`;

/** Images whose name fits a pattern. `total` counts all that fit it. */
export function askImages(
  database: DatabaseSync,
  { pattern, limit, after = '', skip = 0, sort = 'name', gone = false }: ImagesQuestion,
): { readonly total: number; readonly images: ListedImage[] } {
  // Of GLOB's own signs only the star is meant.
  const literal = pattern.replace(/[[?]/g, '[$&]');
  const glob = literal.includes('*') ? literal : `*${literal}*`;
  const where = `name GLOB ?${gone ? ` AND ${GONE} IS NOT NULL` : ''}`;
  const { total } = database
    .prepare(`SELECT count(*) AS total FROM images WHERE ${where}`)
    .get(glob) as { total: number };
  const rows = database
    .prepare(
      `SELECT name, upstream, repository, tag, digest, platforms, checkedMs,
         ownBytes, sharedBytes, ${GONE} AS goneMs, (SELECT max(lastMs) FROM pulls
         WHERE pulls.upstream = images.upstream AND pulls.repository = images.repository
         AND pulls.reference = images.tag) AS pulledMs
       FROM images CROSS JOIN contents USING (content) WHERE ${where} AND name > ? ORDER BY ${ORDERS[sort]} LIMIT ? OFFSET ?`,
    )
    .all(glob, after, limit, skip) as unknown as (Omit<ListedImage, 'platforms'> & {
    readonly platforms: string;
  })[];
  const images = rows.map(({ platforms, ...row }) => {
    return { ...row, platforms: platforms === '' ? [] : platforms.split(' ') };
  });
  return { total, images };
}
