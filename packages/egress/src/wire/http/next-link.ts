import { readQuery } from './cursor.ts';

/** One `<target>; parameters` of a Link header; a target holds no angle brackets. */
const LINK = /<([^<>]*)>([^<]*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/**
 * The upstream's Link to the next page, changed to lead back here: the requested path, with the
 * query of the link unchanged. The query alone selects the page, and the client sends it back. Links
 * to another kind of list are left out, and so are links with another relation than `next`.
 * Source: OCI distribution specification 1.1, "Listing Tags" and "Listing Referrers"; RFC 8288.
 * @param asked the requested path, without its query.
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

/** The query of a link to a list of the requested kind. Undefined for other links. */
function queryOf(target: string, asked: string): string | undefined {
  const [whole = ''] = target.split('#', 1);
  const start = whole.indexOf('?');
  if (start === -1) return undefined;
  // A registry behind a proxy may know neither its public host nor its prefix.
  const path = whole.slice(0, start).replace(/%3A/gi, ':');
  const kind = /\/(?:tags|referrers)\/[^/]+$/.exec(asked)?.[0] ?? asked;
  if (path !== '' && !path.endsWith(kind)) return undefined;
  const query = readQuery(whole.slice(start + 1));
  return query === '' ? undefined : query;
}
