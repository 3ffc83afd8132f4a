import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Breaker } from './breaker.ts';

let outcome: boolean | Error;
let probes: number[];
let events: string[];
let breaker: Breaker;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  outcome = new Error('silent');
  probes = [];
  events = [];
  breaker = new Breaker({
    name: 'quay.io',
    probe: async () => {
      probes.push(Date.now());
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: Date.now,
    onIll: (reason) => events.push(`ill: ${reason}`),
    onWell: (illForMs) => events.push(`well after ${illForMs}`),
  });
});

afterEach(() => {
  breaker.close();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test('one failure and a failed probe are enough; what is asked then is told why, at once', async () => {
  breaker.begin().failed('quay.io refused the connection');
  await settled();
  expect(events).toEqual(['ill: quay.io refused the connection']);
  expect(() => breaker.admit()).toThrow(
    expect.objectContaining({
      status: 503,
      code: 'UNAVAILABLE',
      phase: 'ill',
      headers: { 'retry-after': '1' },
      message:
        'quay.io could not be asked: quay.io refused the connection; since 1970-01-01T00:00:00.000Z it is left alone until it answers again',
    }),
  );
});

test('probes come more and more rarely, and one that is answered ends it', async () => {
  breaker.begin().failed('x');
  await vi.advanceTimersByTimeAsync(100_000);
  expect(probes).toEqual([0, 1, 3, 7, 15, 31, 61, 91].map((seconds) => seconds * 1000));
  outcome = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect([breaker.isIll, breaker.isSuspect]).toEqual([false, false]);
  expect(() => breaker.admit()).not.toThrow();
  expect(events).toEqual(['ill: x', 'well after 121000']);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(probes).toHaveLength(9);
});

test('a failure counts only while nothing else is heard', async () => {
  const slow = breaker.begin();
  breaker.begin().heard();
  slow.failed('one path is slow');
  await vi.advanceTimersByTimeAsync(60_000);
  expect([events, probes]).toEqual([[], []]);
});

test('one path that fails while the host answers probes is nothing', async () => {
  outcome = true;
  breaker.begin().failed('no answer within 10s');
  expect([breaker.isIll, breaker.isSuspect]).toEqual([false, true]);
  expect(() => breaker.admit()).not.toThrow();
  await settled();
  breaker.begin().doubted('answered 503');
  await settled();
  expect([breaker.isIll, breaker.isSuspect, events]).toEqual([false, false, []]);
});

test('a gateway error counts when the host itself has it too', async () => {
  outcome = false;
  breaker.begin().doubted('quay.io answered 503');
  await settled();
  expect(breaker.isIll).toBe(true);
});

test('a probe that keeps silent as well does not delay the certainty', async () => {
  const stuck = new Breaker({
    name: 'quay.io',
    probe: () => new Promise(() => undefined),
    sleep: async () => undefined,
    now: Date.now,
    onIll: () => events.push('ill'),
    onWell: () => undefined,
  });
  stuck.begin().failed('no answer within 10s');
  await vi.advanceTimersByTimeAsync(600);
  expect([stuck.isIll, events]).toEqual([true, ['ill']]);
});

test('who waits long makes it suspect, whatever is heard ends that', async () => {
  const watch = breaker.begin();
  await vi.advanceTimersByTimeAsync(600);
  expect([breaker.isSuspect, breaker.isIll]).toEqual([true, false]);
  breaker.begin().heard();
  expect(breaker.isSuspect).toBe(false);
  watch.end();
  const answered = breaker.begin();
  answered.end();
  await vi.advanceTimersByTimeAsync(600);
  expect(breaker.isSuspect).toBe(false);
});

test('where probes are answered but badly, a request may try now and then', async () => {
  outcome = false;
  breaker.begin().doubted('x');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(() => breaker.admit()).toThrow();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(() => breaker.admit()).not.toThrow();
  expect(() => breaker.admit()).toThrow();
  breaker.begin().heard();
  expect(breaker.isIll).toBe(false);
});

test('a host that keeps request and probe waiting is ill after ten seconds, and well when either is answered', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const silent = new Breaker({
    name: 'quay.io',
    probe: () => promise,
    sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
    now: Date.now,
    onIll: (reason) => events.push(`ill: ${reason}`),
    onWell: () => events.push('well'),
  });
  const watch = silent.begin();
  const { promise: work, resolve: answer } = Promise.withResolvers<string>();
  const late: string[] = [];
  const waiting = expect(silent.orIll(work, (outcome) => late.push(outcome))).rejects.toMatchObject(
    { status: 503, phase: 'ill' },
  );
  await vi.advanceTimersByTimeAsync(9_900);
  expect([silent.isSuspect, silent.isIll]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(200);
  expect(silent.isIll).toBe(true);
  await waiting;
  // The request goes on, and its late answer counts.
  answer('late');
  await settled();
  expect(late).toEqual(['late']);
  watch.heard();
  watch.end();
  expect([silent.isIll, events]).toEqual([
    false,
    ['ill: nothing was heard from it for 10 s', 'well'],
  ]);
  resolve(true);
  silent.close();
});

test('a blob that begins late makes nothing suspect while the host answers a probe', async () => {
  outcome = true;
  const watch = breaker.begin(true);
  await vi.advanceTimersByTimeAsync(100_000);
  watch.end();
  expect([breaker.isSuspect, breaker.isIll, events]).toEqual([false, false, []]);
  expect(probes).toEqual([2_000]);
});

test('a host that refuses the probe while somebody waits is ill at once', async () => {
  breaker.begin();
  await vi.advanceTimersByTimeAsync(2_100);
  expect(breaker.isIll).toBe(true);
});
