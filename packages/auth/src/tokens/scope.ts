import type { Right } from '@registry-cache/access';

/** One entry of the `access` claim. Source: distribution, docs "Token Authentication Implementation". */
export interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The rights that a scope can name. What a pull may fetch is decided with each request. */
const SCOPED = ['pull', 'push', 'delete'] as const;

/** A token travels in a header of limited length. */
const MAX_SCOPES = 16;
const SCOPE =
  /^(?<type>repository):(?<name>[A-Za-z0-9][A-Za-z0-9._:/-]{0,300}):(?<actions>[a-z*,]+)$/;

/**
 * Grants what the rules allow of the requested scopes (`repository:quay.io/podman/hello:pull,push`).
 * It leaves all else out without an error, as the specification says. The edge decides each request
 * all the same. Source: distribution, docs "Token Scope Documentation".
 *
 * @param scopes each with one scope or several, separated by spaces
 * @param mayDo whether a right is allowed for an image, by the name that the client uses
 */
export function grantScopes(
  scopes: readonly string[],
  mayDo: (name: string, right: Right) => boolean,
): readonly Access[] {
  const granted: Access[] = [];
  for (const scope of scopes.flatMap((text) => text.split(' '))) {
    const { type, name, actions } = SCOPE.exec(scope)?.groups ?? {};
    if (type === undefined || name === undefined || granted.length >= MAX_SCOPES) continue;
    const wanted = actions?.split(',') ?? [];
    const allowed = SCOPED.filter(
      (right) => (wanted.includes(right) || wanted.includes('*')) && mayDo(name, right),
    );
    if (allowed.length > 0) granted.push({ type, name, actions: allowed });
  }
  return granted;
}
