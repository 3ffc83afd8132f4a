import { parse, type SemVer } from 'semver';

/*
 * Ranges as github.com/Masterminds/semver/v3 reads them, which skopeo and helm use. They differ from
 * those of npm: a comma stands for "and", and a prerelease counts where the comparator has one.
 */

const PART = '(\\d+|[xX*])';
const VERSION = `v?${PART}(?:\\.${PART})?(?:\\.${PART})?(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?`;
const OPERATOR = '(!=|>=|=>|<=|=<|~>|=|>|<|~|\\^)?';
const COMPARATOR = new RegExp(`^\\s*${OPERATOR}\\s*${VERSION}\\s*`);
const HYPHEN = new RegExp(`(${VERSION})\\s+-\\s+(${VERSION})`, 'g');
const LOOSE_VERSION =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:-[0-9A-Za-z.-]+)?)(?:\+[0-9A-Za-z.-]+)?$/;

type Release = readonly [major: number, minor: number, patch: number];

interface Comparator {
  readonly operator: string;
  /** Missing parts are 0. */
  readonly version: SemVer;
  /** How many parts are numbers: 2 for `1.2` and `1.2.x`. */
  readonly precision: number;
}

/** A tag as a version, `v1.2` being 1.2.0; undefined for any other tag. */
export function parseTagVersion(tag: string): SemVer | undefined {
  const [found, major, minor = '0', patch = '0', prerelease = ''] = LOOSE_VERSION.exec(tag) ?? [];
  if (found === undefined) return undefined;
  const release = [major, minor, patch].map(Number).join('.');
  return parse(`${release}${prerelease}`) ?? undefined;
}

/** @returns undefined for a text that is no range. */
export function compileMastermindsRange(text: string): ((version: SemVer) => boolean) | undefined {
  const alternatives = text
    .replace(HYPHEN, (_, ...groups: string[]) => `>=${groups[0]}, <=${groups[5]}`)
    .split('||')
    .map(parseComparators);
  if (alternatives.includes(undefined)) return undefined;
  return (version) =>
    alternatives.some((all = []) => all.every((comparator) => satisfies(version, comparator)));
}

function parseComparators(text: string): readonly Comparator[] | undefined {
  const found: Comparator[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = COMPARATOR.exec(rest);
    const comparator = match === null ? undefined : parseComparator(match);
    if (match === null || comparator === undefined) return undefined;
    found.push(comparator);
    const after = rest.slice(match[0].length);
    const isParted = after === '' || after.startsWith(',') || /\s$/.test(match[0]);
    if (!isParted) return undefined;
    rest = after.replace(/^,\s*/, '');
  }
  return found;
}

function parseComparator(match: RegExpExecArray): Comparator | undefined {
  const [, operator = '', major, minor, patch, prerelease] = match;
  const parts = [major, minor, patch];
  const firstOpen = parts.findIndex((part) => part === undefined || !/^\d+$/.test(part));
  const precision = firstOpen === -1 ? 3 : firstOpen;
  const release = parts.map((part, index) => (index < precision ? Number(part) : 0)).join('.');
  const version = parse(prerelease === undefined ? release : `${release}-${prerelease}`);
  if (version === null) return undefined;
  return { operator: SAME[operator] ?? operator, version, precision };
}

const SAME: Readonly<Record<string, string>> = { '': '=', '=>': '>=', '=<': '<=', '~>': '~' };

function satisfies(version: SemVer, { operator, version: named, precision }: Comparator): boolean {
  const isPrerelease = version.prerelease.length > 0;
  const isExactNotEqual = operator === '!=' && precision === 3;
  if (isPrerelease && named.prerelease.length === 0 && !isExactNotEqual) return false;
  const order = version.compare(named);
  const isWithin = (parts: number) => order >= 0 && isBefore(version, next(named, parts));
  switch (operator) {
    case '!=':
      return precision === 3 ? order !== 0 : !isWithin(precision);
    case '>':
      return precision === 3 ? order > 0 : !isBefore(version, next(named, precision));
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return precision === 3 ? order <= 0 : isBefore(version, next(named, precision));
    case '~':
      // The library takes ~0.0.0 for any version.
      return isZero(named) && precision === 3 ? order >= 0 : isWithin(Math.min(precision, 2));
    case '^':
      return isWithin(caretParts(named, precision));
    default:
      return precision === 3 ? order === 0 : isWithin(precision);
  }
}

/** How many parts `^` keeps: up to the first that is not 0. */
function caretParts({ major, minor }: SemVer, precision: number): number {
  if (major > 0 || precision < 2) return Math.min(precision, 1);
  return minor > 0 || precision === 2 ? 2 : 3;
}

function isZero({ major, minor, patch }: SemVer): boolean {
  return major === 0 && minor === 0 && patch === 0;
}

/** The first release that differs in its first so many parts; none comes after all of them. */
function next({ major, minor, patch }: SemVer, parts: number): Release {
  if (parts === 0) return [Number.POSITIVE_INFINITY, 0, 0];
  if (parts === 1) return [major + 1, 0, 0];
  return parts === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

/** Prereleases of a release count as that release here. */
function isBefore({ major, minor, patch }: SemVer, release: Release): boolean {
  const parts: Release = [major, minor, patch];
  const differing = parts.findIndex((part, index) => part !== release[index]);
  return differing !== -1 && (parts[differing] ?? 0) < (release[differing] ?? 0);
}
