/*
 * Ranges as regsync reads them (regclient, internal/semver): spaces stand for "and", versions have
 * any number of parts, and a prerelease is simply less than its release.
 */

interface Version {
  readonly parts: readonly number[];
  readonly prerelease: string;
}

type Test = (version: Version) => boolean;

/** @returns undefined for a text that is no range. */
export function compileRegsyncRange(text: string): ((tag: string) => boolean) | undefined {
  const comparators = text.trim().split(/\s+/).map(parseComparator);
  if (comparators.includes(undefined)) return undefined;
  return (tag) => {
    const version = parseVersion(tag);
    return version !== undefined && comparators.every((test) => test?.(version));
  };
}

function parseComparator(text: string): Test | undefined {
  const [, operator = '', rest = ''] = /^(>=|<=|>|<|=|\^|~)?(.*)$/s.exec(text) ?? [];
  const named = parseVersion(rest);
  if (named === undefined) return undefined;
  const order = (version: Version) => compare(version, named);
  const isBelow = (...parts: number[]) => {
    return (version: Version) => compare(version, { parts, prerelease: '' }) < 0;
  };
  const within =
    (isUnder: Test): Test =>
    (version) =>
      order(version) >= 0 && isUnder(version);
  const [major = 0, minor = 0, patch = 0] = named.parts;
  switch (operator) {
    case '^':
      if (major > 0) return within(isBelow(major + 1));
      return within(minor > 0 ? isBelow(0, minor + 1) : isBelow(0, 0, patch + 1));
    case '~':
      return within(isBelow(major, minor + 1));
    case '>=':
      return (version) => order(version) >= 0;
    case '<=':
      return (version) => order(version) <= 0;
    case '>':
      return (version) => order(version) > 0;
    case '<':
      return (version) => order(version) < 0;
    default:
      return (version) => order(version) === 0;
  }
}

function parseVersion(text: string): Version | undefined {
  const [, numbers = '', prerelease = ''] =
    /^v?(\d+(?:\.\d+)*)(?:-([^+]*))?(?:\+.*)?$/s.exec(text) ?? [];
  if (numbers === '') return undefined;
  return { parts: numbers.split('.').map(Number), prerelease };
}

function compare(one: Version, other: Version): number {
  const length = Math.max(one.parts.length, other.parts.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (one.parts[index] ?? 0) - (other.parts[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.prerelease === other.prerelease) return 0;
  if (one.prerelease === '') return 1;
  if (other.prerelease === '') return -1;
  return comparePrereleases(one.prerelease.split('.'), other.prerelease.split('.'));
}

/** Numbers within a part count as numbers: `rc9` comes before `rc10`. */
function comparePrereleases(one: readonly string[], other: readonly string[]): number {
  for (const [index, part] of one.entries()) {
    const beside = other[index];
    if (beside === undefined) return 1;
    const order = compareNatural(part, beside);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareNatural(one: string, other: string): number {
  const [ones, others] = [splitNumbers(one), splitNumbers(other)];
  for (const [index, piece] of ones.entries()) {
    const beside = others[index];
    if (beside === undefined) return 1;
    if (piece === beside) continue;
    const isNumber = /^\d/.test(piece) && /^\d/.test(beside);
    const order = isNumber ? Number(piece) - Number(beside) : piece < beside ? -1 : 1;
    if (order !== 0) return order;
  }
  return ones.length - others.length;
}

function splitNumbers(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}
