import { describe, expect, it } from 'vitest';
import { compileAccess, type Target } from './decide.ts';
import type { AccessPolicy, AccessRule, Caller, Right } from './policy.ts';
import { formatRefusal } from './verdict.ts';

const NAMES = { aliases: {}, library: ['docker.io'] };
const REDIS = 'docker.io/library/redis';

function policy(rules: readonly AccessRule[], more: Partial<AccessPolicy> = {}): AccessPolicy {
  return { groups: {}, default: [], rules, hasLogins: true, names: NAMES, ...more };
}

function caller(user?: string, groups: readonly string[] = [], address = '10.0.0.1'): Caller {
  return { user, groups, address };
}

interface Question {
  readonly who?: Caller;
  readonly image?: string;
  readonly target?: Target;
  readonly right?: Right;
}

function ask(given: AccessPolicy | undefined, question: Question = {}) {
  const { who = caller('ann'), image = REDIS, target = { kind: 'repository' } } = question;
  return compileAccess(given)
    .scope(who, image)
    .decide(question.right ?? 'pull', target);
}

describe('without a policy', () => {
  it.each([
    ['pull', true],
    ['fetch', true],
    ['push', false],
    ['delete', false],
  ] as const)('everybody who is let in: %s %s', (right, isAllowed) => {
    expect(ask(undefined, { right }).isAllowed).toBe(isAllowed);
  });
});

describe('rules', () => {
  it('allow what they name, and nothing else', () => {
    const given = policy([{ images: [REDIS], allow: ['pull', 'fetch'] }]);
    expect(ask(given)).toMatchObject({ isAllowed: true, reason: { kind: 'rule', rule: 1 } });
    expect(ask(given, { right: 'push' }).isAllowed).toBe(false);
    expect(ask(given, { image: 'docker.io/library/redis2' }).isAllowed).toBe(false);
  });

  it('lose against a deny, wherever it stands', () => {
    const deny = { images: ['docker.io/**'], deny: ['pull'] } as const;
    const allow = { images: [REDIS], allow: ['pull'] } as const;
    expect(ask(policy([deny, allow])).isAllowed).toBe(false);
    expect(ask(policy([allow, deny])).isAllowed).toBe(false);
  });

  it('leave each right that they do not speak of to the default', () => {
    const given = policy([{ images: ['**'], users: ['group:ops'], allow: ['fetch'] }], {
      default: ['pull'],
      groups: { ops: ['ann'] },
    });
    expect(ask(given).isAllowed).toBe(true);
    expect(ask(given, { right: 'fetch' }).isAllowed).toBe(true);
    expect(ask(given, { right: 'fetch', who: caller('bob') }).isAllowed).toBe(false);
  });

  it('give no fetch without pull', () => {
    const given = policy([{ images: ['**'], allow: ['fetch'] }]);
    expect(ask(given, { right: 'fetch' }).isAllowed).toBe(false);
  });

  it('name the refusing rule and its reason', () => {
    const given = policy([
      { images: ['**'], allow: ['pull', 'fetch'] },
      { images: [REDIS], deny: ['fetch'], because: 'use valkey' },
    ]);
    const verdict = ask(given, { right: 'fetch' });
    expect(formatRefusal(caller('ann'), verdict, `${REDIS}:7`)).toBe(
      'ann may not fetch docker.io/library/redis:7 (rule 2: use valkey)',
    );
  });

  it('say where no rule speaks', () => {
    const verdict = ask(policy([]));
    expect(formatRefusal(caller(), verdict, REDIS)).toBe(
      'anonymous may not pull docker.io/library/redis (no rule allows it)',
    );
  });
});

describe('whether anybody could have a right', () => {
  const push = { users: ['ci'], allow: ['push'] } as const;

  it.each([
    ['without a policy', undefined, false],
    ['by no rule', policy([{ images: [REDIS], allow: ['pull'] }]), false],
    ['by a rule for another image', policy([{ images: ['quay.io/**'], ...push }]), false],
    ['by a rule for one user', policy([{ images: [REDIS], ...push }]), true],
    ['by a rule for a tag', policy([{ images: [`${REDIS}:v*`], ...push }]), true],
    ['by default', policy([], { default: ['push'] }), true],
    ['without a login', policy([], { anonymous: ['push'] }), true],
  ])('%s', (_how, given, could) => {
    expect(compileAccess(given).couldAnybody(REDIS, 'push')).toBe(could);
  });
});

describe('users', () => {
  const of = (...users: string[]) => policy([{ images: ['**'], users, allow: ['pull'] }]);

  it.each([
    [['ann'], caller('ann'), true],
    [['ann'], caller('anna'), false],
    [['*'], caller('ann'), true],
    [['*'], caller(), false],
    [['anonymous'], caller(), true],
    [['anonymous'], caller('anonymous'), false],
    [['anon*'], caller(), false],
    [['system:serviceaccount:prod:*'], caller('system:serviceaccount:prod:app'), true],
    [['group:dev'], caller('ann', ['dev']), true],
    [['group:dev'], caller('group:dev'), false],
    [['dev'], caller('ann', ['dev']), false],
    [['group:*'], caller('ann', ['dev']), true],
    [['group:*'], caller('ann'), false],
  ])('%j and %j: %s', (users, who, isAllowed) => {
    expect(ask(of(...users), { who }).isAllowed).toBe(isAllowed);
  });

  it('are in a group of the policy by its list, and never by a claim', () => {
    const given = policy([{ images: ['**'], users: ['group:ops'], allow: ['pull'] }], {
      groups: { ops: ['ann', 'ci-*'] },
    });
    expect(ask(given).isAllowed).toBe(true);
    expect(ask(given, { who: caller('ci-1') }).isAllowed).toBe(true);
    expect(ask(given, { who: caller('eve', ['ops']) }).isAllowed).toBe(false);
  });
});

describe('callers without a login', () => {
  const rules = [{ images: [REDIS], allow: ['pull'] }] as const;

  it('are let in only where `anonymous` is set, if there are logins', () => {
    expect(compileAccess(policy(rules)).letsAnonymousIn).toBe(false);
    expect(compileAccess(policy(rules, { anonymous: [] })).letsAnonymousIn).toBe(true);
    expect(compileAccess(policy(rules, { hasLogins: false })).letsAnonymousIn).toBe(true);
  });

  it('have `anonymous` in place of `default`', () => {
    const given = policy([], { anonymous: ['pull'], default: ['pull', 'fetch'] });
    expect(ask(given, { who: caller() }).isAllowed).toBe(true);
    expect(ask(given, { who: caller(), right: 'fetch' }).isAllowed).toBe(false);
  });

  it('have `default` where nobody can log in', () => {
    const given = policy([], { hasLogins: false, anonymous: [], default: ['pull'] });
    expect(ask(given, { who: caller() }).isAllowed).toBe(true);
  });
});

describe('addresses', () => {
  const given = policy([{ images: ['**'], from: ['10.0.0.0/8', 'fd00::/8'], allow: ['pull'] }]);

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['11.1.2.3', false],
    ['fd00::1', true],
    ['fe80::1', false],
    ['', false],
  ])('%s: %s', (address, isAllowed) => {
    expect(ask(given, { who: caller('ann', [], address) }).isAllowed).toBe(isAllowed);
  });

  it.each([
    ['::/0', '10.1.2.3', false],
    ['::/0', '::ffff:10.1.2.3', false],
    ['::/0', 'fd00::1', true],
    ['0.0.0.0/0', '10.1.2.3', true],
    ['0.0.0.0/0', 'fd00::1', false],
  ])('%s has addresses of its own family alone: %s', (network, address, isAllowed) => {
    const open = policy([{ images: ['**'], from: [network], allow: ['pull'] }]);
    expect(ask(open, { who: caller('ann', [], address) }).isAllowed).toBe(isAllowed);
  });
});

describe('tags and digests', () => {
  const tag = (name: string): Target => ({ kind: 'tag', tag: name });
  const digest = (...tags: string[]): Target => ({ kind: 'digest', tags });
  const versions = policy([{ images: [`${REDIS}:v*`], allow: ['pull'] }]);
  const notSeven = policy([
    { images: ['**'], allow: ['pull'] },
    { images: [`${REDIS}:7`], deny: ['pull'] },
  ]);

  it.each([
    ['an allowed tag', versions, tag('v1'), true],
    ['another tag', versions, tag('1'), false],
    ['the repository', versions, { kind: 'repository' } as const, false],
    ['its list of tags', versions, { kind: 'anything' } as const, true],
    ['a digest of an allowed tag', versions, digest('latest', 'v1'), true],
    ['a digest of another tag', versions, digest('latest'), false],
    ['a digest that no tag leads to', versions, digest(), false],
    ['a denied tag', notSeven, tag('7'), false],
    ['a tag beside it', notSeven, tag('8'), true],
    ['the digest of a denied tag', notSeven, digest('7'), false],
    ['the digest of a denied and another tag', notSeven, digest('7', 'latest'), true],
    ['a digest that no tag leads to, where all are allowed', notSeven, digest(), true],
  ])('%s', (_name, given, target, isAllowed) => {
    expect(ask(given, { target }).isAllowed).toBe(isAllowed);
  });

  it('are needed for a verdict only where a rule with a tag speaks for the caller', () => {
    const access = compileAccess(
      policy([{ images: [`${REDIS}:v*`], users: ['ann'], allow: ['pull'] }]),
    );
    expect(access.scope(caller('ann'), REDIS).dependsOnReference).toBe(true);
    expect(access.scope(caller('bob'), REDIS).dependsOnReference).toBe(false);
    expect(access.scope(caller('ann'), 'quay.io/a').dependsOnReference).toBe(false);
  });
});
