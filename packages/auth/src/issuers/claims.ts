import type { IssuerOptions } from '@registry-cache/domain';
import { TokenRefusedError } from './errors.ts';

/** The body of a token: JSON of any shape. */
export type Claims = Readonly<Record<string, unknown>>;

/** The user of a token, and the groups that its issuer names. */
export interface Subject {
  readonly user: string;
  readonly groups: readonly string[];
}

const MAX_NAME = 256;
const MAX_GROUPS = 500;
/** What `isPrintable` of a name means: no control characters, no line breaks, no lone surrogates. */
const UNFIT = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Finds a claim by its name. The name as it is comes first. Otherwise its parts, between `.` or
 * `/`, lead through objects. Since the key of an object may have these characters itself, the
 * longest one that exists is taken at each step: `kubernetes.io/namespace` is the member `namespace`
 * of `kubernetes.io`.
 *
 * @returns undefined where there is none
 */
export function findClaim(claims: unknown, name: string): unknown {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined;
  const members = claims as Claims;
  if (Object.hasOwn(members, name)) return members[name];
  for (let at = name.length - 1; at > 0; at -= 1) {
    if (name[at] !== '.' && name[at] !== '/') continue;
    const key = name.slice(0, at);
    if (!Object.hasOwn(members, key)) continue;
    const found = findClaim(members[key], name.slice(at + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws TokenRefusedError if a claim that the policy requires is missing or has another value. */
export function checkRequired(claims: Claims, { require }: IssuerOptions): void {
  for (const [name, accepted] of Object.entries(require)) {
    const values = textsOf(findClaim(claims, name));
    if (!values.some((value) => accepted.includes(value))) {
      throw new TokenRefusedError(`its claim ${name} is not one that is required`);
    }
  }
}

/** The texts of a claim: of one value, or of each value of a list. */
function textsOf(value: unknown): string[] {
  return [value]
    .flat()
    .filter((one) => ['string', 'number', 'boolean'].includes(typeof one))
    .map(String);
}

/**
 * Reads user and groups, with the prefix of the issuer.
 *
 * @throws TokenRefusedError if the claims have no names that could be a user or groups. `anonymous`
 * and `group:…` are not names of users: rules give them other meanings.
 */
export function readSubject(claims: Claims, options: IssuerOptions): Subject {
  const { user: userClaim, groups: groupsClaim, prefix } = options;
  const name = findClaim(claims, userClaim);
  if (!isName(name))
    throw new TokenRefusedError(`its claim ${userClaim} is not the name of a user`);
  const user = prefix + name;
  if (user === 'anonymous' || user.startsWith('group:')) {
    throw new TokenRefusedError('its user has a name that rules use for others');
  }
  const groups = groupsClaim === undefined ? [] : findClaim(claims, groupsClaim);
  const names = [groups ?? []].flat();
  if (names.length > MAX_GROUPS || !names.every(isName)) {
    throw new TokenRefusedError(`its claim ${groupsClaim} is not a list of groups`);
  }
  return { user, groups: names.map((group) => prefix + group) };
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= MAX_NAME && !UNFIT.test(value)
  );
}
