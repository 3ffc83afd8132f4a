import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import type { LookupAll } from '../transport/connector.ts';
import { DnsCache } from './dns-cache.ts';

const RULES = { freshMs: 5_000, failedMs: 5_000, lateMs: 20, maxRunning: 2 };
const GOOD = [{ address: '203.0.113.1', family: 4 }];
const NEWER = [{ address: '203.0.113.2', family: 4 }];

type Answer = (error: string | null, found: LookupAddress[]) => void;

/** A resolver that answers only when the test tells it to. */
function startNames() {
  const asked: { name: string; answer: Answer }[] = [];
  const clock = { nowMs: 1_000_000 };
  const resolve: LookupAll = (name, _options, callback) => {
    const answer: Answer = (code, found) =>
      callback(code === null ? null : Object.assign(new Error(code), { code }), found);
    asked.push({ name, answer });
  };
  const names = new DnsCache(resolve, RULES, () => clock.nowMs);
  const look = (name: string) =>
    new Promise<LookupAddress[] | string>((done) =>
      names.lookup(name, { all: true }, (error, found) => done(error?.code ?? found)),
    );
  /** Answers the next lookup. */
  const answer: Answer = (error, found) => asked.shift()?.answer(error, found);
  /** Makes a name known, and lets its addresses grow old. */
  const known = async (name: string) => {
    const first = look(name);
    answer(null, GOOD);
    expect(await first).toEqual(GOOD);
    clock.nowMs += RULES.freshMs;
  };
  return { asked, clock, look, answer, known };
}

test('lookups of one name at the same time share one query, in any letter case', async () => {
  const { asked, look, answer } = startNames();
  const all = [look('a.test'), look('A.test'), look('a.test')];
  expect(asked).toHaveLength(1);
  answer(null, GOOD);
  expect(await Promise.all(all)).toEqual([GOOD, GOOD, GOOD]);
});

test('fresh addresses are used without a lookup, and older ones are looked up again', async () => {
  const { asked, clock, look, answer, known } = startNames();
  await known('a.test');
  clock.nowMs -= 1;
  expect(await look('a.test')).toEqual(GOOD);
  clock.nowMs += 1;
  const second = look('a.test');
  answer(null, NEWER);
  expect(await second).toEqual(NEWER);
  expect(asked).toEqual([]);
});

test('the last good addresses are used while a lookup is late, and its answer counts later', async () => {
  const { asked, clock, look, answer, known } = startNames();
  await known('a.test');
  expect(await look('a.test')).toEqual(GOOD);
  clock.nowMs += RULES.lateMs;
  expect(await look('a.test')).toEqual(GOOD);
  expect(asked).toHaveLength(1);
  answer(null, NEWER);
  expect(await look('a.test')).toEqual(NEWER);
});

test.each([
  ['EAI_AGAIN', GOOD],
  ['ETIMEOUT', GOOD],
  ['ENOTFOUND', 'ENOTFOUND'],
])('after %s, a name with known addresses gives %j', async (code, expected) => {
  const { look, answer, known } = startNames();
  await known('a.test');
  const second = look('a.test');
  answer(code, []);
  expect(await second).toEqual(expected);
  expect(await look('a.test')).toEqual(expected);
});

test('a failure is remembered for a short time', async () => {
  const { asked, clock, look, answer } = startNames();
  const first = look('a.test');
  answer('ETIMEOUT', []);
  expect([await first, await look('a.test')]).toEqual(['ETIMEOUT', 'ETIMEOUT']);
  clock.nowMs += RULES.failedMs;
  const again = look('a.test');
  expect(asked).toHaveLength(1);
  answer(null, GOOD);
  expect(await again).toEqual(GOOD);
});

test('no lookup begins beyond the limit, and known names use their old addresses', async () => {
  const { asked, look, answer, known } = startNames();
  await known('known.test');
  const silent = [look('a.test'), look('b.test')];
  expect(await look('c.test')).toBe('EGRESS_NAMES_BUSY');
  expect(await look('known.test')).toEqual(GOOD);
  answer('ETIMEOUT', []);
  answer('ETIMEOUT', []);
  await Promise.all(silent);
  const last = look('c.test');
  expect(asked.map(({ name }) => name)).toEqual(['c.test']);
  answer(null, GOOD);
  expect(await last).toEqual(GOOD);
});
