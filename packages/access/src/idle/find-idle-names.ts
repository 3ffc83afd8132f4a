import { quoteFound } from '@registry-cache/domain';
import { ANONYMOUS, compileNames, GROUP } from '../callers.ts';
import type { AccessPolicy, AccessRule } from '../policy.ts';
import { hasNames, letsAnonymousIn } from '../who-is-meant.ts';
import type { IdlePart } from './idle-part.ts';

/** Finds members of groups that nobody is. */
export function findIdleNames(
  policy: AccessPolicy,
  users: readonly string[] | undefined,
): IdlePart[] {
  return Object.entries(policy.groups).flatMap(([group, members]) =>
    members.flatMap((name, index) => {
      const path = `groups${formatKey(group)}[${index}]`;
      return describe(path, name, whyNoUser(policy, users, name));
    }),
  );
}

/** Finds users of a rule that nobody is. */
export function findIdleUsers(
  policy: AccessPolicy,
  users: readonly string[] | undefined,
  rule: AccessRule,
  path: string,
): IdlePart[] {
  return findIdleUsersAt(`${path}.users`, rule.users ?? [], policy, users);
}

/** Finds names of a list that nobody is. `path` is the list's own. */
export function findIdleUsersAt(
  path: string,
  names: readonly string[],
  policy: AccessPolicy,
  users: readonly string[] | undefined,
): IdlePart[] {
  return names.flatMap((name, index) => {
    return describe(`${path}[${index}]`, name, whyNobody(policy, users, name));
  });
}

function formatKey(key: string): string {
  return /^[A-Za-z]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function describe(path: string, name: string, reason: string | undefined): IdlePart[] {
  return reason === undefined
    ? []
    : [{ path, found: quoteFound(name), taken: `nobody: ${reason}` }];
}

function whyNobody(
  policy: AccessPolicy,
  users: readonly string[] | undefined,
  name: string,
): string | undefined {
  if (name === ANONYMOUS) {
    return letsAnonymousIn(policy)
      ? undefined
      : 'clients without a login are let in only where access.anonymous is set';
  }
  if (!hasNames(policy)) return 'nobody can log in here';
  if (!name.startsWith(GROUP)) return whyNoUser(policy, users, name);
  const isGroup = compileNames([name.slice(GROUP.length)]);
  // Issuers may name groups.
  if (users === undefined || Object.keys(policy.groups).some(isGroup)) return undefined;
  return 'access.groups has no such group';
}

function whyNoUser(
  policy: AccessPolicy,
  users: readonly string[] | undefined,
  name: string,
): string | undefined {
  if (!hasNames(policy)) return 'nobody can log in here';
  if (users === undefined || users.some(compileNames([name]))) return undefined;
  return 'no user of the htpasswd file has such a name';
}
