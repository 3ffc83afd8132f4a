import { hasForeignCursor } from '../../wire/http/cursor.ts';

/** A page of tags, and the target of the next one; undefined for the last page. */
export interface TagsPage {
  readonly tags: readonly string[];
  readonly next: string | undefined;
}

/** More pages are not read for one answer. The rest is another page, or is left out. */
const MAX_PAGES = 100;

/**
 * The part of a page that a caller may see, filled up from the pages behind it. A page that were
 * shorter, or a link with the last tag of the registry's page, would tell of tags that are hidden.
 * Where the links have a registry's own cursor, only the page itself can be given.
 *
 * @param path of the list, without a query.
 * @param wanted how many tags the client asked for; undefined for as many as the registry gives.
 */
export async function fillPage(
  path: string,
  first: TagsPage,
  wanted: number | undefined,
  mayShow: (tag: string) => boolean,
  fetch: (target: string) => Promise<TagsPage>,
): Promise<TagsPage> {
  const shown = first.tags.filter(mayShow);
  const isWhole = shown.length === first.tags.length || first.next === undefined;
  if (isWhole || hasForeignCursor(first.next ?? '')) return { tags: shown, next: first.next };
  const count = wanted ?? first.tags.length;
  let { next } = first;
  for (let pages = 1; next !== undefined && shown.length < count && pages < MAX_PAGES; pages += 1) {
    const page = await fetch(next);
    shown.push(...page.tags.filter(mayShow));
    next = page.next;
  }
  const tags = shown.slice(0, count);
  const isMore = next !== undefined || shown.length > count;
  const last = tags.at(-1);
  const query = new URLSearchParams({ n: String(count), last: last ?? '' });
  return { tags, next: isMore && last !== undefined ? `${path}?${query}` : undefined };
}
