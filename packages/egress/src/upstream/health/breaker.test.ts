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
    onOpen: (reason) => events.push(`open: ${reason}`),
    onClose: (openForMs) => events.push(`closed after ${openForMs}`),
  });
});

afterEach(() => {
  breaker.close();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test('one failure and a failed probe open the circuit, and the next request fails at once with the reason', async () => {
  breaker.begin().failed('quay.io refused the connection');
  await settled();
  expect(events).toEqual(['open: quay.io refused the connection']);
  expect(() => breaker.admit()).toThrow(
    expect.objectContaining({
      status: 503,
      code: 'UNAVAILABLE',
      phase: 'circuit-open',
      headers: { 'retry-after': '1' },
      message:
        'quay.io could not be asked: quay.io refused the connection; since 1970-01-01T00:00:00.000Z it is left alone until it answers again',
    }),
  );
});

test('probes come at longer and longer intervals, and the first good answer closes the circuit', async () => {
  breaker.begin().failed('x');
  await vi.advanceTimersByTimeAsync(100_000);
  expect(probes).toEqual([0, 1, 3, 7, 15, 31, 61, 91].map((seconds) => seconds * 1000));
  outcome = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(breaker.circuit).toBe('closed');
  expect(() => breaker.admit()).not.toThrow();
  expect(events).toEqual(['open: x', 'closed after 121000']);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(probes).toHaveLength(9);
});

test('a failure does not count if the host answered another request meanwhile', async () => {
  const slow = breaker.begin();
  breaker.begin().answered();
  slow.failed('one path is slow');
  await vi.advanceTimersByTimeAsync(60_000);
  expect([events, probes]).toEqual([[], []]);
});

test('the circuit closes again if one path fails while the host answers probes', async () => {
  outcome = true;
  breaker.begin().failed('no answer within 10s');
  expect(breaker.circuit).toBe('half-open');
  expect(() => breaker.admit()).not.toThrow();
  await settled();
  breaker.begin().gatewayFailed('answered 503');
  await settled();
  expect([breaker.circuit, events]).toEqual(['closed', []]);
});

test('a gateway error opens the circuit if the probe gets one too', async () => {
  outcome = false;
  breaker.begin().gatewayFailed('quay.io answered 503');
  await settled();
  expect(breaker.circuit).toBe('open');
});

test('the circuit opens after a failure even while the probe is still unanswered', async () => {
  const stuck = new Breaker({
    name: 'quay.io',
    probe: () => new Promise(() => undefined),
    sleep: async () => undefined,
    now: Date.now,
    onOpen: () => events.push('open'),
    onClose: () => undefined,
  });
  stuck.begin().failed('no answer within 10s');
  await vi.advanceTimersByTimeAsync(600);
  expect([stuck.circuit, events]).toEqual(['open', ['open']]);
});

test('a slow request half-opens the circuit, and any answer closes it', async () => {
  const watch = breaker.begin();
  await vi.advanceTimersByTimeAsync(600);
  expect(breaker.circuit).toBe('half-open');
  breaker.begin().answered();
  expect(breaker.circuit).toBe('closed');
  watch.end();
  const answered = breaker.begin();
  answered.end();
  await vi.advanceTimersByTimeAsync(600);
  expect(breaker.circuit).toBe('closed');
});

test('a request may try from time to time if the host answers probes with errors', async () => {
  outcome = false;
  breaker.begin().gatewayFailed('x');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(() => breaker.admit()).toThrow();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(() => breaker.admit()).not.toThrow();
  expect(() => breaker.admit()).toThrow();
  breaker.begin().answered();
  expect(breaker.circuit).toBe('closed');
});

test('the circuit opens if request and probe wait for ten seconds, and closes when either is answered', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const silent = new Breaker({
    name: 'quay.io',
    probe: () => promise,
    sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
    now: Date.now,
    onOpen: (reason) => events.push(`open: ${reason}`),
    onClose: () => events.push('closed'),
  });
  const watch = silent.begin();
  const { promise: work, resolve: answer } = Promise.withResolvers<string>();
  const late: string[] = [];
  const waiting = expect(
    silent.untilOpen(work, (outcome) => late.push(outcome)),
  ).rejects.toMatchObject({ status: 503, phase: 'circuit-open' });
  await vi.advanceTimersByTimeAsync(9_900);
  expect(silent.circuit).toBe('half-open');
  await vi.advanceTimersByTimeAsync(200);
  expect(silent.circuit).toBe('open');
  await waiting;
  // The request goes on, and its late answer counts.
  answer('late');
  await settled();
  expect(late).toEqual(['late']);
  watch.answered();
  watch.end();
  expect([silent.circuit, events]).toEqual([
    'closed',
    ['open: it sent nothing for 10 s', 'closed'],
  ]);
  resolve(true);
  silent.close();
});

test('a blob that begins late leaves the circuit closed while the host answers a probe', async () => {
  outcome = true;
  const watch = breaker.begin(true);
  await vi.advanceTimersByTimeAsync(100_000);
  watch.end();
  expect([breaker.circuit, events]).toEqual(['closed', []]);
  expect(probes).toEqual([2_000]);
});

test('the circuit opens at once if the host refuses the probe while a request waits', async () => {
  breaker.begin();
  await vi.advanceTimersByTimeAsync(2_100);
  expect(breaker.circuit).toBe('open');
});
