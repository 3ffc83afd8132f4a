import { readQuery } from './cursor.ts';

/** One `<target>; parameters` of a Link header; a target holds no angle brackets. */
const LINK = /<([^<>]*)>([^<]*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/**
 * The upstream's Link to the next page, leading back here: the path that was asked for, with the
 * query of the link as it is. The query alone says which page, and the client gives it back. A link to
 * something else than the same kind of list is left out, and so is one that is not about a next page.
 * Source: OCI distribution specification 1.1, "Listing Tags" and "Listing Referrers"; RFC 8288.
 * @param asked the path that was asked for here, without its query.
 */
export function nextLink(header: string, asked: string): string | undefined {
  for (const [, target = '', params = ''] of header.matchAll(LINK)) {
    const [, quoted, token] = REL.exec(params) ?? [];
    const rels = (quoted ?? token ?? '').toLowerCase().split(/\s+/);
    const query = rels.includes('next') ? queryOf(target, asked) : undefined;
    if (query !== undefined) return `<${asked}?${query}>; rel="next"`;
  }
  return undefined;
}

/** The query of a link to a list like the one that was asked for; undefined where it has none. */
function queryOf(target: string, asked: string): string | undefined {
  const [whole = ''] = target.split('#', 1);
  const start = whole.indexOf('?');
  if (start === -1) return undefined;
  // Registries behind a proxy may know neither the host nor the prefix that they are asked by.
  const path = whole.slice(0, start).replace(/%3A/gi, ':');
  const kind = /\/(?:tags|referrers)\/[^/]+$/.exec(asked)?.[0] ?? asked;
  if (path !== '' && !path.endsWith(kind)) return undefined;
  const query = readQuery(whole.slice(start + 1));
  return query === '' ? undefined : query;
}
