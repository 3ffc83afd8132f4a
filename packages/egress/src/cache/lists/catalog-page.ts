import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a client gets that does not say how many, and the most that it gets at once. */
const MOST = 1_000;
/** After so many names, other requests get their turn. */
const BATCH = 1_000;

export interface CatalogPage {
  readonly names: readonly string[];
  /** The query of the next page; undefined for the last page. */
  readonly next: string | undefined;
}

/**
 * One page of a catalog: at most `n` names after the name `last`, of those that `mayShow` accepts.
 * Undefined if `n` is not a number.
 * Source: the HTTP API of the docker registry, "Listing Repositories".
 * @param names sorted by their code units.
 */
export async function planCatalogPage(
  names: readonly string[],
  query: URLSearchParams,
  mayShow: (name: string) => boolean | Promise<boolean>,
): Promise<CatalogPage | undefined> {
  const asked = query.get('n') ?? String(MOST);
  if (!/^\d{1,9}$/.test(asked)) return undefined;
  const count = Math.min(Number(asked), MOST);
  const last = query.get('last') ?? '';
  const page: string[] = [];
  if (count === 0) return { names: page, next: undefined };
  let looked = 0;
  for (const name of names) {
    if (name <= last) continue;
    looked += 1;
    if (looked % BATCH === 0) await nextTurn();
    if (!(await mayShow(name))) continue;
    if (page.length === count) {
      const end = page.at(-1) ?? '';
      return { names: page, next: new URLSearchParams({ n: String(count), last: end }).toString() };
    }
    page.push(name);
  }
  return { names: page, next: undefined };
}
