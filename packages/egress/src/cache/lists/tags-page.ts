export interface Page {
  readonly tags: readonly string[];
  /** The query of the next page; undefined for the last page. */
  readonly next: string | undefined;
}

/**
 * One page of tags: at most `n` of them, after the tag `last`, in lexical order without regard to
 * case. Undefined if `n` is not a number.
 * Source: OCI distribution specification 1.1, "Listing Tags".
 */
export function planPage(tags: readonly string[], query: URLSearchParams): Page | undefined {
  const asked = query.get('n');
  if (asked !== null && !/^\d{1,9}$/.test(asked)) return undefined;
  const last = query.get('last');
  const rest = tags
    .filter((tag) => last === null || last === '' || compareTags(tag, last) > 0)
    .sort(compareTags);
  const count = asked === null ? rest.length : Number(asked);
  const page = rest.slice(0, count);
  const end = page.at(-1);
  const isMore = end !== undefined && page.length < rest.length;
  return {
    tags: page,
    next: isMore ? new URLSearchParams({ n: String(count), last: end }).toString() : undefined,
  };
}

function compareTags(left: string, right: string): number {
  return compare(left.toLowerCase(), right.toLowerCase()) || compare(left, right);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
