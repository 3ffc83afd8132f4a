import { type Challenge, parseChallenges } from './challenge.ts';

/** What an upstream wants, of the two schemes that registries use. */
export type Scheme =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      readonly realm: URL;
      readonly service: string;
      readonly scope: string;
    };

/**
 * The scheme to answer a 401 with: Bearer where it is offered in a usable form, else Basic.
 * A challenge without a scope is given `repository:<repository>:pull`.
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
    const scope = params.scope || pullScope(repository);
    return { kind: 'bearer', realm, service: params.service ?? '', scope };
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

function parseRealm(params: Challenge['params']): URL | undefined {
  const realm = URL.parse(params.realm ?? '');
  if (realm === null || !/^https?:$/.test(realm.protocol)) return undefined;
  return realm;
}
