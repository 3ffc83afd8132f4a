import { type Challenge, parseChallenges } from './challenge.ts';

/** The scheme that an upstream wants, of the two that registries use. */
export type Scheme =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      readonly realm: URL;
      readonly service: string;
      readonly scope: string;
    };

/**
 * The scheme for the answer to a 401: Bearer if it is offered in a usable form, else Basic.
 * The scope is made here. A challenge may ask for more than a pull of this repository, and such a
 * token would carry rights of our login that the pull does not need.
 * Source: distribution specification of token authentication, "How to authenticate".
 */
export function chooseScheme(
  header: string | readonly string[] | undefined,
  repository: string,
): Scheme | undefined {
  const challenges = parseChallenges(header);
  for (const { scheme, params } of challenges) {
    const realm = scheme === 'bearer' ? parseRealm(params) : undefined;
    if (realm === undefined) continue;
    return {
      kind: 'bearer',
      realm,
      service: params.service ?? '',
      scope: pullScope(repository),
    };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

/** The same scheme for another repository of the same upstream. */
export function schemeFor(scheme: Scheme, repository: string): Scheme {
  return scheme.kind === 'basic' ? scheme : { ...scheme, scope: pullScope(repository) };
}

function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** Parameters that this cache sets itself. They are removed from the realm, so that none is set twice. */
const OURS = ['scope', 'account'];

function parseRealm(params: Challenge['params']): URL | undefined {
  const realm = URL.parse(params.realm ?? '');
  if (realm === null || !/^https?:$/.test(realm.protocol)) return undefined;
  realm.username = '';
  realm.password = '';
  realm.hash = '';
  // Only if needed, because `delete` writes the whole query anew.
  for (const name of OURS) if (realm.searchParams.has(name)) realm.searchParams.delete(name);
  return realm;
}
