import { BlockList } from 'node:net';
import { ANONYMOUS, compileNames, familyOf, GROUP, parseNetwork } from '../callers.ts';
import type { AccessPolicy, AccessRule } from '../policy.ts';
import { hasNames, letsAnonymousIn } from '../who-is-meant.ts';
import { type Effort, GlobLanguage, WORDS } from './glob-language.ts';

const EVERYBODY = ['*', ANONYMOUS];

/**
 * Whether one rule speaks for every caller that another one speaks for. False where that is not
 * certain.
 */
export function coversCallers(
  policy: AccessPolicy,
  one: AccessRule,
  other: AccessRule,
  effort: Effort,
): boolean {
  return coversAddresses(one.from, other.from) && coversUsers(policy, one, other, effort);
}

function coversUsers(
  policy: AccessPolicy,
  one: AccessRule,
  other: AccessRule,
  effort: Effort,
): boolean {
  const { users } = one;
  if (users === undefined) return true;
  const callers = (other.users ?? EVERYBODY).filter((name) =>
    name === ANONYMOUS ? letsAnonymousIn(policy) : hasNames(policy),
  );
  return callers.every((name) => coversName(policy, users, name, effort));
}

function coversName(
  { groups }: AccessPolicy,
  users: readonly string[],
  name: string,
  effort: Effort,
): boolean {
  if (users.includes(name)) return true;
  if (name === ANONYMOUS) return false;
  const names = users.filter((one) => !one.startsWith(GROUP) && one !== ANONYMOUS);
  const groupNames = users.filter((one) => one.startsWith(GROUP)).map(withoutPrefix);
  const isGroup = compileNames(groupNames);
  const members = Object.entries(groups).flatMap(([group, list]) => (isGroup(group) ? list : []));
  const coversUser = (user: string) => coversOne([...names, ...members], user, effort);
  if (!name.startsWith(GROUP)) return coversUser(name);
  const group = withoutPrefix(name);
  if (coversOne(groupNames, group, effort) || coversOne(names, '*', effort)) return true;
  // Claims never fill a group of the policy, so its list has all of its members.
  const list = Object.hasOwn(groups, group) && !group.includes('*') ? groups[group] : undefined;
  return list?.every(coversUser) ?? false;
}

function withoutPrefix(name: string): string {
  return name.slice(GROUP.length);
}

function coversOne(patterns: readonly string[], name: string, effort: Effort): boolean {
  const language = new GlobLanguage(name, WORDS);
  return patterns.some((one) => new GlobLanguage(one, WORDS).covers(language, effort));
}

const ALL_ADDRESSES = ['0.0.0.0/0', '::/0'];

function coversAddresses(
  networks: readonly string[] | undefined,
  others: readonly string[] = ALL_ADDRESSES,
): boolean {
  if (networks === undefined) return true;
  return others.every((other) => networks.some((one) => coversNetwork(one, other)));
}

function coversNetwork(one: string, other: string): boolean {
  const [outer, inner] = [parseNetwork('from', one), parseNetwork('from', other)];
  if (!outer.ok || !inner.ok) return false;
  const family = familyOf(outer.value.address);
  if (familyOf(inner.value.address) !== family || outer.value.bits > inner.value.bits) return false;
  const list = new BlockList();
  list.addSubnet(outer.value.address, outer.value.bits, family);
  return list.check(inner.value.address, family);
}
