import { describe, expect, it, test } from 'vitest';
import { asksRegistry } from './asks-registry.ts';
import { compileAccess } from './decide.ts';
import type { AccessPolicy, Caller } from './policy.ts';

const ASKED = { yes: ['reg.example.com', 'quay.io/org'], no: ['reg.example.com/open'] };

test.each([
  ['reg.example.com/team/app', true],
  ['reg.example.com/open/app', false],
  ['reg.example.com/opener/app', true],
  ['quay.io/org/app', true],
  ['quay.io/app', false],
  ['reg.example.com.evil.example/app', false],
])('of %s it is %s that the registry is asked', (image, isAsked) => {
  expect(asksRegistry(ASKED, image)).toBe(isAsked);
  expect(asksRegistry(undefined, image)).toBe(false);
});

describe('where the registry is asked', () => {
  const policy: AccessPolicy = {
    groups: {},
    default: ['pull'],
    anonymous: ['pull', 'fetch'],
    rules: [
      { images: ['reg.example.com/public/**'], allow: ['pull'] },
      { images: ['reg.example.com/team/old'], deny: ['pull', 'fetch'] },
      { images: ['reg.example.com/team/bobless'], users: ['reg.example.com:bob'], deny: ['fetch'] },
    ],
    hasLogins: true,
    names: { aliases: {}, library: [] },
    asked: ASKED,
  };
  const stranger: Caller = { user: undefined, groups: [], address: '10.0.0.1' };
  const confirmed: Caller = { ...stranger, user: 'reg.example.com:bob', isConfirmed: true };
  const decide = (caller: Caller, image: string, rules = policy) => {
    const scope = compileAccess(rules).scope(caller, `reg.example.com/${image}`);
    return (['pull', 'fetch', 'push'] as const).filter(
      (right) => scope.decide(right, { kind: 'repository' }).isAllowed,
    );
  };

  it('whom it lets pull may pull and fetch, but for what a rule denies', () => {
    expect(decide(confirmed, 'team/app')).toEqual(['pull', 'fetch']);
    expect(decide(confirmed, 'team/old')).toEqual([]);
    expect(decide(confirmed, 'team/bobless')).toEqual(['pull']);
  });

  it('a client without a login has what a rule says, and nothing by default', () => {
    expect(decide(stranger, 'team/app')).toEqual([]);
    expect(decide(stranger, 'team/app', { ...policy, hasLogins: false })).toEqual([]);
    expect(decide(stranger, 'public/app')).toEqual(['pull']);
    expect(decide(stranger, 'open/app')).toEqual(['pull', 'fetch']);
  });

  it('users of the cache go by the rules', () => {
    expect(decide({ ...stranger, user: 'ann' }, 'team/app')).toEqual(['pull']);
  });

  it('a login could help, but where a rule denies for all', () => {
    const { couldLoginHelp } = compileAccess({ ...policy, hasLogins: false });
    const helps = (image: string) =>
      couldLoginHelp(stranger, `reg.example.com/${image}`, 'fetch', { kind: 'repository' });
    expect([helps('team/app'), helps('team/old'), helps('open/app')]).toEqual([true, false, false]);
  });
});
