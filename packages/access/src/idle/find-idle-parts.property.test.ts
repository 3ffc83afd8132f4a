import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileAccess, type Target } from '../decide.ts';
import type { AccessPolicy, AccessRule, Caller, Right } from '../policy.ts';
import { findIdleParts } from './find-idle-parts.ts';

const USERS = ['ann', 'bob', 'ci-1'];
const ADDRESSES = ['10.0.0.1', '10.1.0.1', '11.0.0.1', 'fd00::1'];
const IMAGES = ['r.io/a', 'r.io/b', 'r.io/a/b', 'q.io/a', 'q.io/b/a'];
const RIGHTS: readonly Right[] = ['pull', 'fetch', 'push'];
const TARGETS: readonly Target[] = [
  { kind: 'repository' },
  { kind: 'tag', tag: 'v1' },
  { kind: 'tag', tag: 'v2' },
  { kind: 'tag', tag: 'latest' },
  { kind: 'digest', tags: [] },
  { kind: 'digest', tags: ['v1', 'latest'] },
];

const some = <T>(...values: readonly T[]) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const rights = some(...RIGHTS);
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    images: some('**', 'r.io/**', 'r.io/*', 'r.io/a', '*.io/a', 'r.io/a:v*', 'r.io/a:v1', '**:v1'),
    users: some('ann', 'bob', '*', 'ci-*', 'anonymous', 'group:ops', 'group:*', 'group:away'),
    from: some('10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '::/0', 'fd00::/8'),
    allow: rights,
    deny: rights,
  },
  { requiredKeys: ['images'] },
);
const policy: fc.Arbitrary<AccessPolicy> = fc.record({
  groups: fc.constantFrom({ ops: ['ann', 'ci-*'] }, { ops: ['ann', 'bob'], away: [] }),
  anonymous: fc.constantFrom<readonly Right[] | undefined>(undefined, ['pull'], []),
  default: fc.constantFrom<readonly Right[]>([], ['pull'], ['pull', 'fetch', 'push']),
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
  hasLogins: fc.boolean(),
  asked: fc.constantFrom(undefined, undefined, { yes: ['r.io'], no: [] }),
  names: fc.constant({ aliases: {}, library: [] }),
});

/** Every verdict, with rules by the numbers that they have in the whole policy. */
function decideAll(given: AccessPolicy, numbers: readonly number[]): unknown[] {
  const access = compileAccess(given);
  const users = given.hasLogins ? USERS : [];
  const known = (access.letsAnonymousIn ? [undefined, ...users] : users).map((user) => ({ user }));
  const confirmed = given.asked ? [...USERS, 'eve'] : [];
  const names = [...known, ...confirmed.map((user) => ({ user, isConfirmed: true }))];
  const callers = names.flatMap((name) =>
    ADDRESSES.map((address): Caller => ({ ...name, groups: [], address })),
  );
  return callers.flatMap((caller) =>
    IMAGES.flatMap((image) => {
      const scope = access.scope(caller, image);
      return TARGETS.flatMap((target) =>
        RIGHTS.map((right) => {
          const { isAllowed, reason } = scope.decide(right, target);
          // Where pull is refused, nobody is told about fetch.
          const isTold = right !== 'fetch' || scope.decide('pull', target).isAllowed;
          if (!isTold) return [isAllowed];
          return [isAllowed, reason.kind === 'rule' ? numbers[reason.rule - 1] : reason];
        }),
      );
    }),
  );
}

it('changes no verdict and no reason to leave out a rule that cannot count', () => {
  let found = 0;
  fc.assert(
    fc.property(policy, (given) => {
      const all = given.rules.map((_, index) => index + 1);
      const served = [{ parts: ['*.io', '**'], tag: undefined }];
      const parts = findIdleParts(given, { served, users: USERS });
      const whole = decideAll(given, all);
      for (const { path } of parts) {
        const [, index] = /^rules\[(\d)\]$/.exec(path) ?? [];
        if (index === undefined) continue;
        found += 1;
        const left = all.filter((number) => number !== Number(index) + 1);
        const rules = given.rules.filter((_, at) => at !== Number(index));
        expect(decideAll({ ...given, rules }, left)).toEqual(whole);
      }
    }),
    { seed: 12, numRuns: 1_500 },
  );
  // The rules are so made that many repeat others.
  expect(found).toBeGreaterThan(100);
});
