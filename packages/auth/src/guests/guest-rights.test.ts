import { Secret } from '@registry-cache/domain';
import { beforeEach, expect, it } from 'vitest';
import { QueueFullError, SourceLimitedError } from '../limits/queue-errors.ts';
import { createAuthReport } from '../report/report.ts';
import type { Guest } from './guest.ts';
import { createGuestRights, type GuestRights } from './guest-rights.ts';
import type { TrialOutcome, Wanted } from './try-login.ts';

let nowMs: number;
let trials: string[];
let outcomes: Map<string, TrialOutcome['kind']>;
let wait: Promise<void> | undefined;
let rights: GuestRights;

beforeEach(() => {
  nowMs = 1_000_000;
  trials = [];
  outcomes = new Map();
  wait = undefined;
  const now = () => nowMs;
  const report = createAuthReport({ warn: () => undefined }, now);
  rights = createGuestRights({
    now,
    report,
    tryLogin: async (authorization, { upstreamId, repository, part }) => {
      const [, pair = ''] = authorization.split(' ');
      const user = Buffer.from(pair, 'base64').toString();
      trials.push(`${user} ${upstreamId}/${repository}/${part}`);
      await wait;
      const kind = outcomes.get(`${user} ${repository}`) ?? outcomes.get(part) ?? 'login';
      return kind === 'yes' ? { kind } : { kind, body: kind };
    },
  });
});

const guest = (username: string, password = 'x'): Guest => ({
  kind: 'password',
  credentials: { username, password: new Secret(password) },
});
const ALICE = guest('alice');
const wanted = (repository: string, part = 'manifests/v1', upstreamId = 'reg'): Wanted => {
  return { upstreamId, repository, part };
};
const ask = async (who: Guest, what: Wanted, source = '192.0.2.1') =>
  (await rights.ask(who, what, source)).kind;

it('remembers a yes for five minutes, for this login and the whole repository', async () => {
  outcomes.set('alice:x app', 'yes');
  expect(await rights.ask(ALICE, wanted('app'), 's')).toEqual({ kind: 'yes', seconds: 300 });
  nowMs += 299_000;
  expect(await rights.ask(ALICE, wanted('app', 'blobs/b'), 's')).toEqual({
    kind: 'yes',
    seconds: 1,
  });
  expect(trials).toHaveLength(1);
  nowMs += 2_000;
  outcomes.set('alice:x app', 'login');
  expect(await ask(ALICE, wanted('app'))).toBe('login');
});

it('a yes says nothing about another login, repository or upstream', async () => {
  outcomes.set('alice:x app', 'yes');
  expect(await ask(ALICE, wanted('app'))).toBe('yes');
  expect(await ask(guest('alice', 'other'), wanted('app'))).toBe('login');
  expect(await ask(guest('bob'), wanted('app'))).toBe('login');
  expect(await ask(ALICE, wanted('app2'))).toBe('login');
  outcomes.set('alice:x app', 'no');
  expect(await ask(ALICE, wanted('app', 'manifests/v1', 'other'))).toBe('no');
});

it('remembers a no for seconds, for what was asked', async () => {
  outcomes.set('manifests/v1', 'missing');
  outcomes.set('manifests/v2', 'yes');
  expect(await ask(ALICE, wanted('app'))).toBe('missing');
  expect(await ask(ALICE, wanted('app'))).toBe('missing');
  expect(trials).toHaveLength(1);
  expect(await ask(ALICE, wanted('app', 'manifests/v2'))).toBe('yes');
  outcomes.set('manifests/v1', 'no');
  expect(await ask(guest('bob'), wanted('app'))).toBe('no');
  nowMs += 5_001;
  outcomes.set('manifests/v1', 'yes');
  expect(await ask(guest('bob'), wanted('app'))).toBe('yes');
});

it('remembers nothing where the registry is away', async () => {
  outcomes.set('alice:x app', 'away');
  expect(await ask(ALICE, wanted('app'))).toBe('away');
  outcomes.set('alice:x app', 'yes');
  expect(await ask(ALICE, wanted('app'))).toBe('yes');
});

it('many layers at once are one trial', async () => {
  outcomes.set('alice:x app', 'yes');
  const gate = Promise.withResolvers<void>();
  wait = gate.promise;
  const asked = Array.from({ length: 20 }, (_, one) => ask(ALICE, wanted('app', `blobs/${one}`)));
  gate.resolve();
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['yes']));
  expect(trials).toHaveLength(1);
});

it('a joined trial that is no is repeated for what was asked', async () => {
  outcomes.set('blobs/gone', 'missing');
  outcomes.set('blobs/here', 'yes');
  const asked = [ask(ALICE, wanted('app', 'blobs/gone')), ask(ALICE, wanted('app', 'blobs/here'))];
  expect(await Promise.all(asked)).toEqual(['missing', 'yes']);
});

it('limits wrong logins of a source, but not what was confirmed', async () => {
  outcomes.set('alice:x app', 'yes');
  expect(await ask(ALICE, wanted('app'))).toBe('yes');
  for (let count = 0; count < 10; count += 1) await ask(guest('eve', `p${count}`), wanted('app'));
  await expect(ask(guest('eve', 'more'), wanted('app'))).rejects.toThrow(SourceLimitedError);
  expect(await ask(guest('another'), wanted('app'))).toBe('login');
  expect(await ask(ALICE, wanted('app'))).toBe('yes');
  outcomes.set('bob:x app', 'yes');
  expect(await ask(guest('bob'), wanted('app'), '192.0.2.2')).toBe('yes');
});

it('a source has some trials at a time', async () => {
  const gate = Promise.withResolvers<void>();
  wait = gate.promise;
  const asked = Array.from({ length: 17 }, (_, one) => ask(guest(`u${one}`), wanted('app')));
  await expect(asked[16]).rejects.toThrow(QueueFullError);
  gate.resolve();
  await Promise.all(asked.slice(0, 16));
  nowMs += 10_000;
  expect(await ask(ALICE, wanted('app'))).toBe('login');
});

it('limits many names of one source together', async () => {
  for (let count = 0; count < 100; count += 1) await ask(guest(`u${count}`), wanted('app'));
  await expect(ask(guest('another'), wanted('app'))).rejects.toThrow(SourceLimitedError);
});

it('a login that is right somewhere is not wrong elsewhere', async () => {
  outcomes.set('alice:x app', 'yes');
  await ask(ALICE, wanted('app'));
  for (let count = 0; count < 30; count += 1) {
    expect(await ask(ALICE, wanted(`other${count}`))).toBe('login');
  }
});
