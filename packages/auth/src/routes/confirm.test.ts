import type { IncomingMessage } from 'node:http';
import { type AccessPolicy, compileAccess } from '@registry-cache/access';
import { Secret } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import type { FindGuest } from '../guests/find-guest.ts';
import type { Guest } from '../guests/guest.ts';
import type { Right } from '../guests/guest-rights.ts';
import type { Wanted } from '../guests/try-login.ts';
import { handleConfirm } from './confirm.ts';

const ASKED = { yes: ['reg.example.com'], no: [] };
const POLICY: AccessPolicy = {
  groups: {},
  default: [],
  rules: [
    { images: ['reg.example.com/old'], deny: ['pull', 'fetch'], because: 'moved' },
    { images: ['reg.example.com/still'], users: ['*'], deny: ['fetch'] },
    { images: ['reg.example.com/tagged:bad*'], deny: ['pull', 'fetch'] },
  ],
  hasLogins: true,
  names: { aliases: {}, library: [] },
  asked: ASKED,
};
const ALICE: Guest = {
  kind: 'password',
  credentials: { username: 'alice', password: new Secret('x') },
};

async function confirm(
  query: Record<string, string>,
  { right = { kind: 'yes', seconds: 300 } as Right, guest = [ALICE] as readonly Guest[] } = {},
) {
  const asked: Wanted[] = [];
  const whole = {
    method: 'GET',
    kind: 'manifest',
    address: '10.0.0.1',
    upstream: 'reg',
    repository: 'app',
    reference: 'v1',
    ...query,
  };
  const request = { url: `/confirm?${new URLSearchParams(whole)}`, headers: {} };
  const findGuest: FindGuest = {
    byCredentials: async () => guest[0],
    byAuthorization: async () => guest[0],
    atRegistry: () => undefined,
  };
  const registries = new Map([
    ['reg', 'reg.example.com'],
    ['quay', 'quay.io'],
  ]);
  const hosted = new Set<string>();
  const nameImage = () => undefined;
  const groups = new Set<string>();
  const rules = {
    access: compileAccess(POLICY),
    registries,
    asked: ASKED,
    groups,
    hosted,
    nameImage,
  };
  const client = { source: 's', gone: new AbortController().signal };
  const {
    status,
    headers = {},
    body,
  } = await handleConfirm(
    request as IncomingMessage,
    client,
    { rules: async () => rules, tagsLeadingTo: async () => ['good'] },
    {
      findGuest,
      rights: {
        ask: async (_guest, wanted) => {
          asked.push(wanted);
          return right;
        },
      },
    },
  );
  const error = body === undefined ? undefined : JSON.parse(body).errors?.[0]?.message;
  return { status, answer: headers['x-answer'], caller: headers['x-caller'], error, asked };
}

it('a yes of the registry holds for the repository, for a minute here', async () => {
  const { answer, asked } = await confirm({});
  expect(answer).toBe('yes repository 60');
  expect(asked).toEqual([{ upstreamId: 'reg', repository: 'app', part: 'manifests/v1' }]);
  const short = await confirm({}, { right: { kind: 'yes', seconds: 7 } });
  expect(short.answer).toBe('yes repository 7');
});

it('asks about the part that is wanted', async () => {
  const partOf = async (kind: string, reference: string) =>
    (await confirm({ kind, reference })).asked[0]?.part;
  expect(await partOf('blob', 'sha256:a')).toBe('blobs/sha256:a');
  expect(await partOf('referrers', 'sha256:a')).toBe('referrers/sha256:a');
  expect(await partOf('tags', '')).toBe('tags/list');
});

it('names the guest to whoever makes a list', async () => {
  const { caller } = await confirm({ kind: 'tags', reference: '' });
  expect(JSON.parse(Buffer.from(caller ?? '', 'base64url').toString())).toEqual({
    user: 'reg.example.com:alice',
    groups: [],
    address: '10.0.0.1',
    isConfirmed: true,
  });
});

it('a rule that denies counts before the registry is asked', async () => {
  const { answer, error, asked } = await confirm({ repository: 'old' });
  expect([answer, asked]).toEqual(['no reference 0', []]);
  expect(error).toBe('reg.example.com:alice may not pull reg.example.com/old:v1 (rule 1: moved)');
  expect((await confirm({ repository: 'still' })).answer).toBe('no-fetch repository 60');
  expect((await confirm({ repository: 'tagged', reference: 'bad1' })).answer).toBe(
    'no reference 0',
  );
  expect((await confirm({ repository: 'tagged' })).answer).toBe('yes reference 60');
});

it('passes on what the registry says', async () => {
  for (const kind of ['login', 'no', 'missing', 'away'] as const) {
    const body = '{"errors":[{"message":"said"}]}';
    const { answer, error } = await confirm({}, { right: { kind, body } });
    expect([answer, error]).toEqual([`${kind} reference 0`, 'said']);
  }
});

it('asks for a login where there is none, and at other registries', async () => {
  const none = await confirm({}, { guest: [] });
  expect([none.answer, none.asked]).toEqual(['login reference 0', []]);
  for (const query of [{ upstream: 'quay' }, { upstream: 'none' }, { method: 'PUT' }]) {
    const { answer, asked } = await confirm(query);
    expect([answer, asked]).toEqual(['login reference 0', []]);
  }
  expect((await confirm({ at: 'registry' })).answer).toBe('login reference 0');
});

it('refuses questions that the edge does not ask', async () => {
  expect((await confirm({ kind: 'catalog' })).status).toBe(400);
});
