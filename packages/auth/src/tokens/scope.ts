/** One entry of the `access` claim. Source: distribution, docs "Token Authentication Implementation". */
export interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A token travels in a header of limited length. */
const MAX_SCOPES = 16;
const SCOPE =
  /^(?<type>repository):(?<name>[A-Za-z0-9][A-Za-z0-9._:/-]{0,300}):(?<actions>[a-z*,]+)$/;

/**
 * Grants `pull` of the requested scopes (`repository:quay.io/podman/hello:pull,push`). It leaves
 * all else out without an error, as the specification says. Source: distribution, docs "Token Scope
 * Documentation".
 *
 * @param scopes each with one scope or several, separated by spaces
 */
export function grantScopes(scopes: readonly string[]): readonly Access[] {
  const granted: Access[] = [];
  for (const scope of scopes.flatMap((text) => text.split(' '))) {
    const { type, name, actions } = SCOPE.exec(scope)?.groups ?? {};
    if (type === undefined || name === undefined || granted.length >= MAX_SCOPES) continue;
    if (/\bpull\b|\*/.test(actions ?? '')) granted.push({ type, name, actions: ['pull'] });
  }
  return granted;
}
