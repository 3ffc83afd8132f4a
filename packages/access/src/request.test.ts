import { describe, expect, it } from 'vitest';
import { compileAccess } from './decide.ts';
import type { AccessPolicy, AccessRule } from './policy.ts';
import { type AccessRequest, answerRequest } from './request.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGE = 'quay.io/team/app';

function policy(rules: readonly AccessRule[], more: Partial<AccessPolicy> = {}): AccessPolicy {
  const names = { aliases: {}, library: [] };
  return { groups: {}, anonymous: [], default: [], rules, hasLogins: true, names, ...more };
}

async function ask(
  given: AccessPolicy,
  request: Partial<AccessRequest>,
  tags: readonly string[] = [],
) {
  const caller = { user: 'ann', groups: [], address: '10.0.0.1' };
  const whole: AccessRequest = {
    caller,
    image: IMAGE,
    method: 'GET',
    kind: 'manifest',
    reference: 'v1',
    ...request,
  };
  const { answer, ...holding } = await answerRequest(compileAccess(given), whole, async () => tags);
  return { kind: answer.kind, ...holding };
}

const ANONYMOUS = { user: undefined, groups: [], address: '10.0.0.1' };
const VERSIONS = policy([{ images: [`${IMAGE}:v*`], allow: ['pull', 'fetch', 'push'] }]);

describe('a pull', () => {
  it('holds for the repository where no rule looks at tags', async () => {
    const given = policy([{ images: [IMAGE], allow: ['pull'] }]);
    expect(await ask(given, { reference: DIGEST })).toEqual({
      kind: 'no-fetch',
      holdsFor: 'repository',
      dependsOnStore: false,
    });
  });

  it('holds for its tag, and for a digest only while the store says so', async () => {
    expect(await ask(VERSIONS, {})).toMatchObject({ kind: 'yes', holdsFor: 'reference' });
    expect(await ask(VERSIONS, { reference: DIGEST }, ['v1'])).toEqual({
      kind: 'yes',
      holdsFor: 'reference',
      dependsOnStore: true,
    });
    expect(await ask(VERSIONS, { reference: DIGEST }, ['latest'])).toMatchObject({ kind: 'no' });
  });

  it('of a tag that names a subject is decided by that digest', async () => {
    const reference = `sha256-${'a'.repeat(64)}.sig`;
    expect(await ask(VERSIONS, { reference }, ['v1'])).toMatchObject({ kind: 'yes' });
    expect(await ask(VERSIONS, { reference })).toMatchObject({ kind: 'no' });
  });

  it('of the list of tags needs one allowed tag', async () => {
    expect(await ask(VERSIONS, { kind: 'tags', reference: '' })).toMatchObject({ kind: 'yes' });
  });
});

describe('a push', () => {
  it('of a manifest is decided by its tag, and of its parts by any tag', async () => {
    const put = { method: 'PUT' };
    expect(await ask(VERSIONS, put)).toMatchObject({ kind: 'yes', holdsFor: 'reference' });
    expect(await ask(VERSIONS, { ...put, reference: 'latest' })).toMatchObject({ kind: 'no' });
    expect(await ask(VERSIONS, { ...put, reference: DIGEST })).toMatchObject({ kind: 'yes' });
    const upload = { method: 'POST', kind: 'upload', reference: '' } as const;
    expect(await ask(VERSIONS, upload)).toMatchObject({ kind: 'yes' });
    expect(await ask(VERSIONS, { method: 'DELETE' })).toMatchObject({ kind: 'no' });
  });

  it('of a signature is decided by the digest that it is for, once tags lead to it', async () => {
    const signature = { method: 'PUT', reference: `sha256-${'a'.repeat(64)}.sig` };
    expect(await ask(VERSIONS, signature)).toMatchObject({ kind: 'yes' });
    expect(await ask(VERSIONS, signature, ['v1', 'latest'])).toMatchObject({ kind: 'yes' });
    expect(await ask(VERSIONS, signature, ['latest'])).toMatchObject({ kind: 'no' });
  });
});

describe('a deletion of a digest', () => {
  const given = policy([
    { images: [IMAGE], allow: ['pull', 'push', 'delete'] },
    { images: [`${IMAGE}:prod*`], deny: ['push', 'delete'] },
  ]);
  const drop = { method: 'DELETE', reference: DIGEST };

  it('needs the right for each of its tags, because they go with it', async () => {
    expect(await ask(given, drop)).toMatchObject({ kind: 'yes' });
    expect(await ask(given, drop, ['mine'])).toMatchObject({ kind: 'yes' });
    expect(await ask(given, drop, ['mine', 'prod-1'])).toMatchObject({ kind: 'no' });
    expect(await ask(given, drop, ['prod-1', 'mine'])).toMatchObject({ kind: 'no' });
  });

  it('of a layer needs the right for each tag that leads to it', async () => {
    const layer = { ...drop, kind: 'blob' } as const;
    expect(await ask(given, layer, ['mine', 'prod-1'])).toMatchObject({ kind: 'no' });
    expect(await ask(given, layer, ['mine'])).toMatchObject({ kind: 'yes' });
  });
});

describe('a client without a login', () => {
  const ask1 = (rules: readonly AccessRule[], more: Partial<AccessPolicy> = {}) =>
    ask(policy(rules, more), { caller: ANONYMOUS });

  it('is asked for one where it could help', async () => {
    const ofAnn = { images: ['**'], users: ['ann'], allow: ['pull'] } as const;
    expect(await ask1([ofAnn])).toMatchObject({ kind: 'login' });
    expect(await ask1([ofAnn], { hasLogins: false })).toMatchObject({ kind: 'no' });
    expect(await ask1([], { default: ['pull'] })).toMatchObject({ kind: 'login' });
    expect(await ask1([])).toMatchObject({ kind: 'no' });
  });

  it('is refused where a deny means everybody', async () => {
    const allow = { images: ['**'], allow: ['pull'] } as const;
    expect(await ask1([allow, { images: [IMAGE], deny: ['pull'] }])).toMatchObject({ kind: 'no' });
    const all = { images: [IMAGE], users: ['*', 'anonymous'], deny: ['pull'] } as const;
    expect(await ask1([allow, all])).toMatchObject({ kind: 'no' });
    const some = { images: [IMAGE], users: ['bob', 'anonymous'], deny: ['pull'] } as const;
    expect(await ask1([allow, some])).toMatchObject({ kind: 'login' });
    const strangers = { images: [IMAGE], users: ['anonymous'], deny: ['pull'] } as const;
    expect(await ask1([allow, strangers])).toMatchObject({ kind: 'login' });
  });
});
