import type { IncomingMessage } from 'node:http';
import { type AccessPolicy, compileAccess } from '@registry-cache/access';
import { describe, expect, it } from 'vitest';
import { handleDecide } from './decide.ts';

const POLICY: AccessPolicy = {
  groups: { ops: ['ann'] },
  default: [],
  rules: [
    { images: ['quay.io/**'], users: ['group:ops', 'group:dev'], allow: ['pull', 'fetch'] },
    { images: ['quay.io/app'], users: ['bob'], allow: ['pull'], because: 'ask "ops"' },
  ],
  hasLogins: true,
  names: { aliases: {}, library: [] },
};

interface Decision {
  readonly answer: string | undefined;
  readonly refusal: string[] | undefined;
  readonly message: string | undefined;
  readonly caller: unknown;
  /** Groups that were claimed in vain. */
  readonly claims: readonly string[];
}

async function decide(query: Record<string, string>, policy = POLICY): Promise<Decision> {
  const whole = {
    method: 'GET',
    kind: 'manifest',
    address: '10.0.0.1',
    upstream: 'quay',
    repository: 'app',
    reference: 'v1',
    ...query,
  };
  const request = { url: `/decide?${new URLSearchParams(whole)}` } as IncomingMessage;
  const rules = {
    access: compileAccess(policy),
    registries: new Map([['quay', 'quay.io']]),
    hosted: new Set<string>(),
    nameImage: () => undefined,
    asked: undefined,
    groups: new Set(Object.keys(policy.groups)),
  };
  const claims: string[] = [];
  const response = await handleDecide(request, {
    rules: async () => rules,
    tagsLeadingTo: async () => [],
    onVainClaim: (group) => claims.push(group),
  });
  const { 'x-answer': answer, 'x-refusal': refusal, 'x-caller': caller } = response.headers ?? {};
  const body = response.body === undefined ? undefined : JSON.parse(response.body);
  return {
    answer,
    refusal: refusal?.split(' ').map(decodeURIComponent),
    message: body && `${body.errors[0].code} ${body.errors[0].message}`,
    caller: caller && JSON.parse(Buffer.from(caller, 'base64url').toString()),
    claims,
  };
}

describe('/decide', () => {
  it('lets users and groups pull and fetch', async () => {
    expect(await decide({ user: 'ann' })).toMatchObject({ answer: 'yes repository 300' });
    expect(await decide({ user: 'eve', groups: '["dev"]' })).toMatchObject({
      answer: 'yes repository 300',
    });
    expect(await decide({ user: 'eve', groups: '["x","ops"]' })).toMatchObject({
      answer: 'no repository 300',
      claims: ['ops'],
    });
    expect(await decide({ user: 'eve', groups: 'dev' })).toMatchObject({
      answer: 'no repository 300',
    });
  });

  it('tells those who may pull alone what they are refused, around the reference', async () => {
    expect(await decide({ user: 'bob' })).toMatchObject({
      answer: 'no-fetch repository 300',
      refusal: ['bob may not fetch quay.io/app', ' (no rule allows it)'],
      message: 'DENIED bob may not fetch quay.io/app:v1 (no rule allows it)',
    });
  });

  it('says where a client without a login could fetch with one', async () => {
    const rules = [
      { images: ['quay.io/app'], allow: ['pull' as const] },
      { images: ['quay.io/app:v*'], users: ['bob'], allow: ['fetch' as const] },
    ];
    const policy = { ...POLICY, anonymous: [], rules };
    expect((await decide({}, policy)).answer).toBe('no-fetch reference 300 by-login');
    expect((await decide({ reference: 'edge' }, policy)).answer).toBe('no-fetch reference 300');
    expect((await decide({ user: 'eve' }, policy)).answer).toBe('no-fetch repository 300');
  });

  it('asks clients without a login for one, where it lets none in', async () => {
    expect(await decide({})).toMatchObject({ answer: 'login repository 300' });
    const open = { ...POLICY, rules: [{ images: ['**'], allow: ['pull', 'fetch'] }] } as const;
    expect(await decide({}, open)).toMatchObject({ answer: 'login repository 300' });
    expect(await decide({}, { ...open, anonymous: [] })).toMatchObject({
      answer: 'yes repository 300',
    });
  });

  describe('for HEAD of a part that the client may not pull', () => {
    const rules = [
      { images: ['quay.io/app:mine*'], users: ['bob'], allow: ['pull', 'push'] },
      { images: ['quay.io/app:theirs'], users: ['eve'], allow: ['pull'] },
    ] as const;
    const policy = { ...POLICY, rules };
    const reference = `sha256:${'a'.repeat(64)}`;
    const part = { method: 'HEAD', kind: 'blob', user: 'bob', reference };

    it('names the client where it may push there', async () => {
      for (const kind of ['blob', 'manifest']) {
        expect(await decide({ ...part, kind }, policy)).toMatchObject({
          answer: 'no reference 5 by-upload',
          caller: { user: 'bob', groups: [], address: '10.0.0.1' },
          message: `DENIED bob may not pull quay.io/app@${reference} (no rule allows it)`,
        });
      }
    });

    it.each([
      ['GET', { method: 'GET' }],
      ['a tag', { kind: 'manifest', reference: 'theirs' }],
      ['a client that may not push', { user: 'eve' }],
      ['a client without a login', { user: '' }],
      ['referrers', { kind: 'referrers' }],
    ])('does not for %s', async (_what, more) => {
      const { answer, caller } = await decide({ ...part, ...more }, policy);
      expect(answer).toMatch(/^(?:no|login) reference \d+$/);
      expect(caller).toBeUndefined();
    });

    it('does not where no rule has a tag', async () => {
      const whole = [{ images: ['quay.io/app'], users: ['bob'], allow: ['push'] }] as const;
      expect((await decide(part, { ...POLICY, rules: whole })).answer).toBe('no repository 300');
    });
  });

  it('keeps an unprintable user on its line', async () => {
    const { message, refusal } = await decide({ user: 'a\r\nb "c"' });
    expect(message).toBe(
      'DENIED a\\u000d\\u000ab "c" may not pull quay.io/app:v1 (no rule allows it)',
    );
    expect(refusal).toHaveLength(2);
  });

  it('names the caller to whoever makes a list', async () => {
    const caller = { user: 'ann', groups: ['x'], address: '10.0.0.1' };
    const list = { user: 'ann', groups: '["x"]', kind: 'tags', reference: '' };
    expect((await decide(list)).caller).toEqual(caller);
    const catalog = { ...list, kind: 'catalog', repository: '', upstream: '' };
    expect(await decide(catalog)).toMatchObject({ answer: 'yes reference 300', caller });
    expect(await decide({ ...catalog, user: '' })).toMatchObject({ answer: 'login reference 300' });
  });

  it('decides about registries that are no upstreams by their name', async () => {
    expect(await decide({ user: 'ann', upstream: 'ghcr.io' })).toMatchObject({
      message: 'DENIED ann may not pull ghcr.io/app:v1 (no rule allows it)',
    });
  });

  it('refuses questions that the edge does not ask', async () => {
    expect((await decide({ kind: 'page' })).answer).toBeUndefined();
    expect((await decide({ address: '' })).answer).toBeUndefined();
  });
});
