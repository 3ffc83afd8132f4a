import type { OraclePolicy, OracleRight, OracleRule } from './access-oracle.ts';

/** Chooses by a seed, so that a run can be repeated. */
export interface Random {
  /** A number from 0 up to, and without, `limit`. */
  below(limit: number): number;
  isIn(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** From `least` to `most` of them, each at most once. */
  some<T>(from: readonly T[], least: number, most: number): T[];
  shuffle<T>(list: readonly T[]): T[];
}

/** The generator mulberry32: small, and the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const shuffle = <T>(list: readonly T[]): T[] =>
    list
      .map((item) => ({ item, rank: next() }))
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ item }) => item);
  return {
    below,
    shuffle,
    isIn: (share) => next() < share,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
    some: (from, least, most) => shuffle(from).slice(0, least + below(most - least + 1)),
  };
}

/** What there is to write rules about. */
export interface PolicySubjects {
  readonly users: readonly string[];
  /** Under every name that a rule may use. */
  readonly registries: readonly string[];
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly networks: readonly string[];
}

const RIGHTS: readonly OracleRight[] = ['pull', 'fetch', 'push', 'delete'];
/** Some groups have the name of a user, and no user has more rights by that. */
const GROUPS = ['ops', 'ann', 'dev', 'all'];
const MEMBERS = ['a*', '*s', '**'];
const REGISTRY_GLOBS = ['*', '*.test', 'quay.test*', '*:5000', '*.io', 'h*b', '**'];
const REPOSITORY_GLOBS = ['team/*', 'team/**', '**', '*/app', '*/*', 'team/app/**', '*'];
/** Cheap for a matcher without backtracking, and without an end for some regular expressions. */
const HOSTILE_GLOBS = [
  `team/${'*a'.repeat(40)}b`,
  `${'**a'.repeat(40)}b`,
  `${'**/'.repeat(30)}app`,
  `${'**a'.repeat(20)}*`,
  'team/*a*a*a*a*a*',
];
const TAG_GLOBS = ['v*', '*', 'd*', 'sha256-*', '*e*', '*1', `${'*e'.repeat(30)}x`];

/** A policy with groups, defaults, and up to twelve rules. */
export function makePolicy(random: Random, subjects: PolicySubjects): OraclePolicy {
  const groups = random.some(GROUPS, 0, GROUPS.length).map((name) => {
    const members = [...subjects.users, ...MEMBERS];
    return [name, random.some(members, 0, 4)] as const;
  });
  return {
    groups: Object.fromEntries(groups),
    ...(random.isIn(0.6) && { anonymous: rightsOf(random) }),
    ...(random.isIn(0.5) && { default: rightsOf(random) }),
    rules: Array.from({ length: 2 + random.below(11) }, () => makeRule(random, subjects)),
  };
}

function makeRule(random: Random, subjects: PolicySubjects): OracleRule {
  const isDeny = random.isIn(0.3);
  const isBoth = random.isIn(0.05);
  const names = [...subjects.users, 'anonymous', 'a*', '*', 'group:*'];
  const users = [...names, ...GROUPS.map((name) => `group:${name}`)];
  return {
    images: Array.from({ length: 1 + random.below(3) }, () => makePattern(random, subjects)),
    ...(random.isIn(0.5) && { users: random.some(users, 1, 3) }),
    ...(random.isIn(0.2) && { from: random.some(subjects.networks, 1, 2) }),
    ...((!isDeny || isBoth) && { allow: rightsOf(random) }),
    ...((isDeny || isBoth) && { deny: rightsOf(random) }),
    ...(random.isIn(0.3) && { because: random.pick(['use "valkey"', 'ask ops (room 5): 50%']) }),
  };
}

function makePattern(random: Random, { registries, repositories, tags }: PolicySubjects): string {
  const registry = random.pick(random.isIn(0.7) ? registries : REGISTRY_GLOBS);
  const globs = random.isIn(0.2) ? HOSTILE_GLOBS : REPOSITORY_GLOBS;
  const repository = random.pick(random.isIn(0.5) ? repositories : globs);
  const tag = random.pick(random.isIn(0.5) ? tags : TAG_GLOBS);
  return `${registry}/${repository}${random.isIn(0.4) ? `:${tag}` : ''}`;
}

function rightsOf(random: Random): OracleRight[] {
  if (random.isIn(0.3)) return ['pull'];
  return random.isIn(0.5) ? ['pull', 'fetch'] : random.some(RIGHTS, 1, 3);
}
