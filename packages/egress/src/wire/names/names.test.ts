import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import type { LookupAll } from '../transport/connector.ts';
import { Names } from './names.ts';

const RULES = { freshMs: 5_000, failedMs: 5_000, lateMs: 20, maxRunning: 2 };
const GOOD = [{ address: '203.0.113.1', family: 4 }];
const NEWER = [{ address: '203.0.113.2', family: 4 }];

type Answer = (error: string | null, found: LookupAddress[]) => void;

/** A resolver that answers when it is told to. */
function startNames() {
  const asked: { name: string; answer: Answer }[] = [];
  const clock = { nowMs: 1_000_000 };
  const resolve: LookupAll = (name, _options, callback) => {
    const answer: Answer = (code, found) =>
      callback(code === null ? null : Object.assign(new Error(code), { code }), found);
    asked.push({ name, answer });
  };
  const names = new Names(resolve, RULES, () => clock.nowMs);
  const look = (name: string) =>
    new Promise<LookupAddress[] | string>((done) =>
      names.lookup(name, { all: true }, (error, found) => done(error?.code ?? found)),
    );
  /** The next question to the resolver, answered. */
  const answer: Answer = (error, found) => asked.shift()?.answer(error, found);
  /** A name that was good and is no longer fresh. */
  const known = async (name: string) => {
    const first = look(name);
    answer(null, GOOD);
    expect(await first).toEqual(GOOD);
    clock.nowMs += RULES.freshMs;
  };
  return { asked, clock, look, answer, known };
}

test('everybody who wants a name at once waits for one lookup, in whatever letters', async () => {
  const { asked, look, answer } = startNames();
  const all = [look('a.test'), look('A.test'), look('a.test')];
  expect(asked).toHaveLength(1);
  answer(null, GOOD);
  expect(await Promise.all(all)).toEqual([GOOD, GOOD, GOOD]);
});

test('fresh addresses are used without a question, older ones are asked for', async () => {
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

test('a late lookup leaves the last good addresses, and its answer counts when it comes', async () => {
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
])('after %s for a name that was good, %j is what there is', async (code, expected) => {
  const { look, answer, known } = startNames();
  await known('a.test');
  const second = look('a.test');
  answer(code, []);
  expect(await second).toEqual(expected);
  expect(await look('a.test')).toEqual(expected);
});

test('a failure is remembered for a moment', async () => {
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

test('beyond its number no lookup is begun, and known names do without', async () => {
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
