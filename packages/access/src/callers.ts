import { BlockList, isIP, isIPv6 } from 'node:net';
import { accept, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import { compileGlob, type Glob } from './glob.ts';
import type { AccessRule, Caller } from './policy.ts';

/** Whether a rule speaks for a caller, whose groups are all known by now. */
export type CallerMatch = (caller: Caller, groups: ReadonlySet<string>) => boolean;

/** Begins the name of a group among users. */
export const GROUP = 'group:';
/** The word for callers without a login. */
export const ANONYMOUS = 'anonymous';

/**
 * Compiles `users` and `from`. `group:NAME` means groups alone, so that no user can be named like
 * one. `anonymous` means callers without a login alone, and no glob means them.
 */
export function compileCallers({ users, from }: AccessRule): {
  readonly speaksFor: CallerMatch;
  readonly isFrom: (address: string) => boolean;
} {
  const isUser: CallerMatch = users === undefined ? () => true : compileUsers(users);
  const isFrom = from === undefined ? () => true : compileNetworks(from);
  return {
    isFrom,
    speaksFor: (caller, groups) => isFrom(caller.address) && isUser(caller, groups),
  };
}

/** Whether one of these names, globs, groups or `anonymous` means a caller. */
export function compileUsers(users: readonly string[]): CallerMatch {
  const groups = users
    .filter((name) => name.startsWith(GROUP))
    .map((name) => name.slice(GROUP.length));
  const names = users.filter((name) => !name.startsWith(GROUP) && name !== ANONYMOUS);
  const hasAnonymous = users.includes(ANONYMOUS);
  const isName = compileNames(names);
  const isGroup = compileNames(groups);
  return ({ user }, callerGroups) => {
    if (user === undefined) return hasAnonymous;
    return isName(user) || (groups.length > 0 && [...callerGroups].some(isGroup));
  };
}

/** Whether a name is in a list of names and globs. `*` matches any characters. */
export function compileNames(list: readonly string[]): Glob {
  const names = new Set(list.filter((name) => !name.includes('*')));
  const globs = list
    .filter((name) => name.includes('*'))
    .map((name) => compileGlob(name, undefined));
  return (name) => names.has(name) || globs.some((glob) => glob(name));
}

const NETWORK = /^(?<address>[0-9A-Fa-f:.]+)(?:\/(?<bits>\d{1,3}))?$/;

/** Reads an address or a network. */
export function parseNetwork(
  path: string,
  text: string,
): Parsed<{ address: string; bits: number }> {
  const { address = '', bits } = NETWORK.exec(text)?.groups ?? {};
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || Number(bits ?? 0) > most) {
    return reject({
      path,
      found: quoteFound(text),
      accepted: 'an address, or a network such as 10.0.0.0/8',
    });
  }
  return accept({ address, bits: bits === undefined ? most : Number(bits) });
}

function compileNetworks(networks: readonly string[]): (address: string) => boolean {
  // One list would take each IPv4 address for one of `::/0`.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of networks) {
    const parsed = parseNetwork('from', text);
    // A network that cannot be read matches nobody. config refuses it before it comes here.
    if (!parsed.ok) continue;
    const { address, bits } = parsed.value;
    const family = familyOf(address);
    lists[family].addSubnet(address, bits, family);
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = familyOf(plain);
    return isIP(plain) !== 0 && lists[family].check(plain, family);
  };
}

/** The family of an IP address. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** An IPv4 address that came through an IPv6 socket is the same client. */
function plainAddress(address: string): string {
  return /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.groups?.v4 ?? address;
}
