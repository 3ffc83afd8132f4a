import { describe, expect, it } from 'vitest';
import type { AccessPolicy, AccessRule } from '../policy.ts';
import { findIdleParts, type PolicyFacts } from './find-idle-parts.ts';

const NAMES = { aliases: { hub: 'docker.io' }, library: ['docker.io'] };
const FACTS: PolicyFacts = {
  served: [
    { parts: ['docker.io', '**'], tag: undefined },
    { parts: ['quay.io', 'org', '**'], tag: undefined },
  ],
  users: ['ann', 'bob', 'ci-1'],
};

function find(
  rules: readonly AccessRule[],
  more: Partial<AccessPolicy> = {},
  facts: Partial<PolicyFacts> = {},
): string[] {
  const policy = { groups: {}, default: [], rules, hasLogins: true, names: NAMES, ...more };
  return findIdleParts(policy, { ...FACTS, ...facts }).map(
    ({ path, found, taken }) => `${path}: ${found}: ${taken}`,
  );
}

describe('rules', () => {
  it('that others leave nothing to are found, with the others', () => {
    const found = find([
      { images: ['docker.io/**'], allow: ['pull'] },
      { images: ['hub/redis', 'docker.io/a/b'], users: ['ann'], allow: ['pull', 'fetch'] },
      { images: ['**'], deny: ['fetch'] },
      { images: ['quay.io/org/**'], deny: ['pull'] },
      { images: ['quay.io/org/app'], allow: ['fetch'] },
      { images: ['docker.io/closed/**'], deny: ['pull'] },
      { images: ['docker.io/closed/app'], allow: ['pull'] },
    ]);
    expect(found).toEqual([
      'rules[1]: rule 2: nothing: rule 1 allows pull already; rule 3 denies fetch',
      'rules[4]: rule 5: nothing: rule 3 denies fetch',
      'rules[6]: rule 7: nothing: rule 6 denies pull',
    ]);
  });

  it('of which a right, an image, a user or an address is left are not found', () => {
    const all = { images: ['docker.io/**'], users: ['ann', 'ci-*'], from: ['10.0.0.0/8'] };
    const rest: readonly Partial<AccessRule>[] = [
      { allow: ['pull', 'push'] },
      { images: ['docker.io/a/b', 'quay.io/org/a'] },
      { users: ['ann', 'bob'] },
      { users: undefined },
      { from: ['10.0.0.0/8', '192.168.0.0/16'] },
      { from: undefined },
    ];
    for (const one of rest) {
      const later: AccessRule = { ...all, allow: ['pull'], ...one };
      expect(find([{ ...all, deny: ['pull'] }, later])).toEqual([]);
    }
    expect(
      find([
        { ...all, deny: ['pull'] },
        { ...all, allow: ['pull'] },
      ]),
    ).toHaveLength(1);
  });

  it('that give a right by a tag stay beside those that deny another tag', () => {
    const deny: AccessRule = { images: ['docker.io/a/b:v*'], deny: ['pull'] };
    expect(find([deny, { images: ['docker.io/a/b:v1'], allow: ['pull'] }])).toHaveLength(1);
    expect(find([deny, { images: ['docker.io/a/b:*'], allow: ['pull'] }])).toEqual([]);
    expect(find([deny, { images: ['docker.io/a/b'], allow: ['pull'] }])).toEqual([]);
  });

  it('count for members of a group that another rule names', () => {
    const groups = { ops: ['ann', 'ci-*'] };
    const allow: AccessRule = { images: ['**'], users: ['group:ops'], allow: ['pull'] };
    const deny = (...users: string[]): AccessRule => ({ images: ['**'], users, deny: ['pull'] });
    expect(find([allow, deny('*')], { groups })).toHaveLength(1);
    expect(find([allow, deny('ann', 'c*')], { groups })).toHaveLength(1);
    expect(find([allow, deny('ann')], { groups })).toEqual([]);
    expect(find([{ ...allow, users: ['ci-1'] }, deny('group:ops')], { groups })).toHaveLength(1);
  });
});

describe('images', () => {
  it.each([
    ['gcr.io/a', 'nothing is served here by such a name'],
    ['quay.io/other/**', 'nothing is served here by such a name'],
    ['docker.io/a..b', 'no repository can have this name'],
    ['docker.io/a/b:-1', 'no tag begins with a dot or a hyphen'],
    [
      `docker.io/a/b:sha256-${'a'.repeat(64)}.sig`,
      'such a tag is decided by the tags that lead to its digest',
    ],
  ])('%s is none: %s', (image, reason) => {
    const found = find([{ images: ['docker.io/x/y', image], allow: ['pull'] }]);
    expect(found).toEqual([expect.stringMatching(/^rules\[0\]\.images\[1\]: "/)]);
    expect(found[0]).toContain(`no image: ${reason}`);
  });

  it.each(['**', '*.io/**', 'quay.io/**', 'quay.io/*/app', 'hub/*:v*', '**:latest'])(
    '%s is some',
    (image) => {
      expect(find([{ images: [image], allow: ['pull'] }])).toEqual([]);
    },
  );
});

describe('names', () => {
  const allow = (...users: string[]): AccessRule => ({ images: ['**'], users, allow: ['pull'] });

  it('that nobody has are found in rules and groups', () => {
    const groups = { ops: ['ann', 'eve'] };
    expect(find([allow('bob', 'dev-*', 'group:ops', 'group:away')], { groups })).toEqual([
      'groups.ops[1]: "eve": nobody: no user of the htpasswd file has such a name',
      'rules[0].users[1]: "dev-*": nobody: no user of the htpasswd file has such a name',
      'rules[0].users[3]: "group:away": nobody: access.groups has no such group',
    ]);
  });

  it('may all be those of issuers, or of logins at a registry', () => {
    const asked = { yes: ['quay.io'], no: [] };
    expect(find([allow('eve', 'group:away')], { asked, hasLogins: false })).toEqual([]);
    const rules: readonly AccessRule[] = [
      { images: ['**'], users: ['anonymous'], deny: ['pull'] },
      { images: ['**'], deny: ['pull'] },
    ];
    expect(find(rules, { hasLogins: false })).toHaveLength(1);
    expect(find(rules, { asked, hasLogins: false })).toEqual([]);
    expect(find([allow('eve', 'group:away')], {}, { users: undefined })).toEqual([]);
  });

  it('of clients without a login are nobody where these are not let in', () => {
    expect(find([allow('ann', 'anonymous')])).toEqual([
      'rules[0].users[1]: "anonymous": nobody: clients without a login are let in only where access.anonymous is set',
    ]);
    expect(find([allow('ann', 'anonymous')], { anonymous: [] })).toEqual([]);
  });

  it('are nobody where nobody can log in', () => {
    expect(find([allow('ann')], { hasLogins: false }, { users: [] })).toEqual([
      'rules[0].users[0]: "ann": nobody: nobody can log in here',
    ]);
  });
});

it('takes no long time for a thousand rules', () => {
  const rules = Array.from({ length: 1_000 }, (_, index): AccessRule => {
    return { images: [`docker.io/*a*/${index}*b**`, `docker.io/x/y${index}`], allow: ['pull'] };
  });
  const start = performance.now();
  expect(find(rules)).toEqual([]);
  expect(performance.now() - start).toBeLessThan(10_000);
});
