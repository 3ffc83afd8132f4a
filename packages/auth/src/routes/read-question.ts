import type { AccessRequest, Caller } from '@registry-cache/access';

/** What the edge asks about: a request after the login and the routing. */
export interface Question {
  readonly caller: Caller;
  /** The id of an upstream, or the name of a registry that is none yet. */
  readonly upstream: string;
  /** Empty for a catalog. */
  readonly repository: string;
  readonly method: string;
  readonly kind: AccessRequest['kind'] | 'catalog';
  readonly reference: string;
}

const KINDS = ['manifest', 'blob', 'tags', 'referrers', 'upload', 'catalog'] as const;

/** Reads the query of `/decide`; undefined where the edge did not send it so. */
export function readQuestion(query: string): Question | undefined {
  const given = new URLSearchParams(query);
  const kind = KINDS.find((one) => one === given.get('kind'));
  const address = given.get('address');
  const upstream = given.get('upstream');
  const method = given.get('method');
  if (kind === undefined || !address || upstream === null || !method) return undefined;
  const user = given.get('user') ?? '';
  return {
    caller: {
      // No user of an htpasswd file or of an issuer has an empty name.
      user: user === '' ? undefined : user,
      groups: readGroups(given.get('groups') ?? ''),
      address,
    },
    upstream,
    repository: given.get('repository') ?? '',
    method,
    kind,
    reference: given.get('reference') ?? '',
  };
}

/** A JSON list of names, as tokens have it. Anything else names no group. */
function readGroups(text: string): readonly string[] {
  if (text === '') return [];
  try {
    const groups: unknown = JSON.parse(text);
    return Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [];
  } catch {
    return [];
  }
}
