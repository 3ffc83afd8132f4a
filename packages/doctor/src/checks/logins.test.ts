import type { LoginOutcome, ProbedLogin } from '@registry-cache/egress/probe';
import { expect, it } from 'vitest';
import type { CheckContext } from '../check.ts';
import { failingRegistry, wellRegistry } from '../testing/registry.ts';
import { checkLogins, findLoginFaults } from './logins.ts';

const NOW = Date.UTC(2026, 0, 1);
const find = (outcome: LoginOutcome, login: Partial<ProbedLogin> = {}, hasCredential = true) =>
  findLoginFaults(
    [
      wellRegistry({
        hasCredential,
        login: { kind: 'basic', realm: 'https://auth.test/token', ...login, outcome },
      }),
    ],
    NOW,
  );
const refusal = (by: 'registry' | 'token service', status = 401): LoginOutcome => ({
  kind: 'refused',
  by,
  status,
  message: 'incorrect username or password',
});
const failure = (phase: 'guard' | 'tls' | 'credentials'): LoginOutcome => ({
  kind: 'failure',
  phase,
  timedOut: false,
  code: '',
  message: 'it failed',
});

it('finds nothing where the login is accepted', () => {
  expect(find({ kind: 'accepted' })).toEqual([]);
});

it('names a refused login with the words of the service', () => {
  const [finding] = find(refusal('token service'));
  expect(finding).toMatchObject({
    id: 'login-refused',
    subject: 'reg.test',
    found: 'the token service answered 401: incorrect username or password',
  });
  expect(finding?.advice).toContain('podman login');
});

it.each([
  ['guard', 'realm-forbidden'],
  ['tls', 'realm-unreachable'],
  ['credentials', 'login-unavailable'],
] as const)('a failure in %s is %s', (phase, id) => {
  expect(find(failure(phase))).toMatchObject([{ id }]);
});

it('finds a challenge that nobody can answer', () => {
  const outcome = { kind: 'challenge', header: 'Negotiate' } as const;
  expect(find(outcome, { kind: 'none' })).toMatchObject([
    { id: 'challenge-unusable', found: 'Negotiate' },
  ]);
});

it('finds a token service that is ill', () => {
  expect(find(refusal('token service', 503))).toMatchObject([{ id: 'realm-unreachable' }]);
});

it('finds a login that is missing, and lets public images alone', () => {
  const anonymous = { kind: 'anonymous' } as const;
  const basic = { ...anonymous, realm: undefined };
  expect(find(refusal('registry'), basic, false)).toMatchObject([
    { id: 'login-missing', severity: 'warning' },
  ]);
  expect(find(refusal('token service'), anonymous, false)).toMatchObject([{ id: 'login-missing' }]);
  expect(find(refusal('registry'), anonymous, false)).toEqual([]);
});

it('names a token that has ended, and not its refusal too', () => {
  const ended = wellRegistry({
    credentialEndsMs: NOW - 1,
    login: { kind: 'registry-token', realm: undefined, outcome: refusal('registry') },
  });
  expect(findLoginFaults([ended], NOW)).toMatchObject([
    { id: 'login-ended', found: 'a token that ended at 2025-12-31T23:59:59.999Z' },
  ]);
  expect(findLoginFaults([wellRegistry({ credentialEndsMs: NOW + 1 })], NOW)).toEqual([]);
});

it.each([
  ['asks for none', wellRegistry({ login: undefined }), { seen: 'no registry asks for a login' }],
  ['is not reached', failingRegistry({}), { kind: 'not tried' }],
])('says so where a registry %s', async (_, registry, outcome) => {
  const first = { kind: 'answer', status: 200, aheadMs: 0, isPage: false } as const;
  const one = registry.first.kind === 'answer' ? { ...registry, first } : registry;
  const registries = async () => [one];
  const context = { probe: {}, registries, now: () => NOW } as unknown as CheckContext;
  expect(await checkLogins(context)).toMatchObject(outcome);
});
