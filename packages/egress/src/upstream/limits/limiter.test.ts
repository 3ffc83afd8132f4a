import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { NO_LIMITS, upstreamAt } from '../../testing/egress-fixture.ts';
import type { Reply, Transport } from '../../wire/transport/transport.ts';
import { type LimitedExchange, Limiter } from './limiter.ts';
import type { Weight } from './places.ts';

const NEVER = new AbortController().signal;

function limiterOf({ all = {}, own = {} }: { all?: object; own?: object }, maxWaitMs = 60_000) {
  const options = { now: () => performance.now(), maxWaitMs: { small: maxWaitMs, large: 60_000 } };
  const limiter = new Limiter(options);
  limiter.apply({
    limits: { ...NO_LIMITS, ...all },
    upstreams: [upstreamAt('http://up.test', { limits: { ...NO_LIMITS, ...own } })],
  });
  return limiter;
}

function replyOf(chunks: Iterable<Uint8Array>, headers = {}, status = 200): Reply {
  const body = Readable.from(chunks, { objectMode: false });
  body.on('error', () => undefined);
  return {
    url: new URL('http://up.test/'),
    redirected: false,
    status,
    headers,
    body: Object.assign(body, { dump: async () => void body.resume() }),
  };
}

function exchangeOf(weight: Weight, reply: Reply | Promise<Reply>): LimitedExchange {
  return { method: 'GET', weight, signal: NEVER, run: async () => reply };
}

async function* endless() {
  for (;;) yield new Uint8Array(1000);
}

test.each<[string, (reply: Reply) => unknown]>([
  ['is read to its end', (reply) => reply.body.resume()],
  ['is destroyed', (reply) => reply.body.destroy()],
  ['breaks off', (reply) => reply.body.destroy(new Error('reset'))],
  ['is dumped', (reply) => reply.body.dump({ limit: 10 })],
])('an exchange holds its place until the body %s', async (_how, end) => {
  for (const own of [{ connections: 2 }, { connections: 2, bytesPerSecond: 1e9 }]) {
    const limits = limiterOf({ own }).of('up', 'up.test');
    const reply = await limits.exchange(exchangeOf('large', replyOf([new Uint8Array(1000)])));
    expect(limits.running).toBe(1);
    reply.body.on('error', () => undefined);
    end(reply);
    await vi.waitFor(() => expect(limits.running).toBe(0));
  }
});

test.each<[string, Partial<LimitedExchange>, Reply]>([
  ['to HEAD', { method: 'HEAD' }, replyOf([], { 'content-length': '7' })],
  ['with status 304', {}, replyOf([], {}, 304)],
  ['without content', {}, replyOf([], { 'content-length': '0' })],
])('a reply %s holds no place', async (_what, fields, reply) => {
  const limits = limiterOf({ own: { connections: 2 } }).of('up', 'up.test');
  await limits.exchange({ ...exchangeOf('small', reply), ...fields });
  expect(limits.running).toBe(0);
});

test('an exchange gives its place back when it fails, and when it leaves the queue of all upstreams', async () => {
  const limiter = limiterOf({ all: { connections: 2 }, own: { connections: 9 } });
  const limits = limiter.of('up', 'up.test');
  const failing = exchangeOf('small', Promise.reject(new Error('refused')));
  await expect(limits.exchange(failing)).rejects.toThrow('refused');
  expect(limits.running).toBe(0);
  await limits.exchange(exchangeOf('large', replyOf([new Uint8Array(9)])));
  const gone = new AbortController();
  const waits = limits.exchange({ ...exchangeOf('large', replyOf([])), signal: gone.signal });
  await setImmediate();
  expect(limits.running).toBe(2);
  gone.abort(new Error('gone'));
  await expect(waits).rejects.toThrow('gone');
  expect(limits.running).toBe(1);
});

test('an exchange that waits too long is refused with 429 and Retry-After', async () => {
  const limits = limiterOf({ own: { connections: 2 } }, 20).of('up', 'up.test');
  for (let index = 0; index < 2; index += 1) {
    await limits.exchange(exchangeOf('small', replyOf([new Uint8Array(9)])));
  }
  await expect(limits.exchange(exchangeOf('small', replyOf([])))).rejects.toMatchObject({
    status: 429,
    headers: { 'retry-after': '5' },
    message: expect.stringContaining('up.test was not asked'),
  });
  expect(limits.waiting).toBe(0);
});

test('an upstream without a limit of its own still leaves places to the others', async () => {
  const limiter = limiterOf({ all: { connections: 8 } });
  const [one, other] = [limiter.of('up', 'up.test'), limiter.of('other', 'other.test')];
  const hanging = () => one.exchange(exchangeOf('small', new Promise<Reply>(() => undefined)));
  for (let index = 0; index < 20; index += 1) void hanging();
  await setImmediate();
  expect([one.running, one.waiting]).toEqual([6, 14]);
  await other.exchange(exchangeOf('small', replyOf([])));
});

test('every request of one exchange counts', async () => {
  const limits = limiterOf({ own: { requestsPerSecond: 3 } }).of('up', 'up.test');
  const transport: Transport = { send: async () => replyOf([]), close: async () => undefined };
  const request = { method: 'GET', url: new URL('http://up.test/'), headers: {}, signal: NEVER };
  const started = performance.now();
  await limits.exchange({
    ...exchangeOf('small', replyOf([])),
    async run(count) {
      const counted = count(transport);
      for (let index = 0; index < 2; index += 1) await counted.send({ ...request, method: 'GET' });
      return counted.send({ ...request, method: 'GET' });
    },
  });
  await limits.exchange(exchangeOf('small', replyOf([])));
  expect(performance.now() - started).toBeGreaterThan(300);
});

test('large bodies share the bytes of a second, and small ones do not wait for them', async () => {
  const limiter = limiterOf({ all: { bytesPerSecond: 1_000_000 } });
  const limits = limiter.of('up', 'up.test');
  const started = performance.now();
  const bodies = await Promise.all(
    Array.from({ length: 2 }, () =>
      limits.exchange(exchangeOf('large', replyOf(endless() as unknown as Iterable<Uint8Array>))),
    ),
  );
  const read = bodies.map(() => 0);
  bodies.forEach(({ body }, index) => {
    body.on('data', (chunk: Buffer) => {
      read[index] = (read[index] ?? 0) + chunk.length;
    });
  });
  await vi.waitFor(() => expect(read[0]).toBeGreaterThan(200_000), { timeout: 5000 });
  const seconds = (performance.now() - started) / 1000;
  const [first = 0, second = 0] = read;
  expect(first + second).toBeLessThan(1_000_000 * (seconds + 0.2));
  expect(second / first).toBeGreaterThan(0.5);
  const small = replyOf([new Uint8Array(10)], { 'content-length': '10' });
  expect(await limits.exchange(exchangeOf('small', small))).toBe(small);
  for (const { body } of bodies) body.destroy();
  await vi.waitFor(() => expect(limits.running).toBe(1));
});

test('a body stays as it is while bytes are not limited', async () => {
  const limits = limiterOf({ own: { connections: 9 } }).of('up', 'up.test');
  const reply = replyOf([]);
  expect((await limits.exchange(exchangeOf('large', reply))).body).toBe(reply.body);
});
