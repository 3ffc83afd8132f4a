import { beforeEach, expect, test } from 'vitest';
import { QueueFullError, SourceLimitedError } from '../limits/queue-errors.ts';
import { createSourceFailures, type SourceFailures } from '../limits/source-failures.ts';
import { createFairQueue, type FairQueue } from './fair-queue.ts';

const NEVER = new AbortController().signal;
const WIDE = { waitingPerUser: 100, waitingPerSource: 100, waiting: 100, waitMs: 60_000 };
let failures: SourceFailures;
let queue: FairQueue;
/** The names of the finished jobs. */
let done: string[];

beforeEach(() => {
  done = [];
  open(WIDE);
});

function open(limits: Parameters<typeof createFairQueue>[0]): void {
  failures = createSourceFailures({ burst: 2, intervalMs: 50, maxSources: 10 }, Date.now);
  queue = createFairQueue(limits, failures);
}

/** Runs a job with a name such as `source/user/…`. It fails if its name ends in `wrong`. */
function run(name: string, gone = NEVER, work: () => Promise<unknown> = async () => {}) {
  const [source = '', user = ''] = name.split('/');
  return queue.run({ source, user, gone }, async () => {
    await work();
    done.push(name);
    if (name.endsWith('wrong')) failures.add(source);
    return name;
  });
}

/** Keeps the queue busy until it is called. */
function occupy(name = 'busy/user'): () => Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = run(name, NEVER, () => promise);
  return () => {
    resolve();
    return running;
  };
}

test('takes sources in turn, one job at a time', async () => {
  let running = 0;
  const alone = async () => {
    running += 1;
    expect(running).toBe(1);
    await Promise.resolve();
    running -= 1;
  };
  const names = ['a/x/1', 'a/x/2', 'a/x/3', 'a/x/4', 'b/x/1', 'b/x/2', 'c/x/1'];
  await Promise.all(names.map((name) => run(name, NEVER, alone)));
  expect(done).toEqual(['a/x/1', 'a/x/2', 'b/x/1', 'c/x/1', 'a/x/3', 'b/x/2', 'a/x/4']);
});

test('takes the users of one source in turn', async () => {
  const free = occupy();
  const jobs = ['a/ann/1', 'a/ann/2', 'a/ann/3', 'a/bob/1'].map((name) => run(name));
  await Promise.all([free(), ...jobs]);
  expect(done.slice(1)).toEqual(['a/ann/1', 'a/bob/1', 'a/ann/2', 'a/ann/3']);
});

test('gives each caller its own result or error, and goes on', async () => {
  const results = await Promise.allSettled([
    run('a/x/1'),
    run('a/x/2', NEVER, () => Promise.reject(new Error('mine'))),
    run('a/x/3', NEVER, () => {
      throw new Error('at once');
    }),
    run('a/x/4'),
  ]);
  expect(
    results.map((result) => ('value' in result ? result.value : String(result.reason))),
  ).toEqual(['a/x/1', 'Error: mine', 'Error: at once', 'a/x/4']);
});

test('takes sources without failures before those with one', async () => {
  failures.add('a');
  const free = occupy();
  const jobs = ['a/x/1', 'b/x/1', 'b/x/2'].map((name) => run(name));
  await Promise.all([free(), ...jobs]);
  expect(done.slice(1)).toEqual(['b/x/1', 'b/x/2', 'a/x/1']);
});

test('a source with too many failures waits without delaying the others', async () => {
  const wrong = ['a/x/1wrong', 'a/x/2wrong', 'a/x/3wrong', 'a/x/4wrong'].map((name) => run(name));
  await Promise.all(wrong.slice(0, 2));
  expect(failures.waitMs('a')).toBeGreaterThan(0);
  await run('b/x/1');
  expect(done).toEqual(['a/x/1wrong', 'a/x/2wrong', 'b/x/1']);
  // The source may fail again after a time, without a new request.
  await Promise.all(wrong);
  expect(done).toHaveLength(5);
});

test('limits the jobs of one user, of one source, and of all sources', async () => {
  open({ waitingPerUser: 1, waitingPerSource: 2, waiting: 3, waitMs: 60_000 });
  const free = occupy();
  const waiting = [run('a/x/1')];
  await expect(run('a/x/2')).rejects.toThrow(SourceLimitedError);
  waiting.push(run('a/y/1'));
  await expect(run('a/z/1')).rejects.toThrow(SourceLimitedError);
  waiting.push(run('b/x/1'));
  expect(queue.waiting).toBe(3);
  await expect(run('c/x/1')).rejects.toThrow(QueueFullError);
  await Promise.all([free(), ...waiting]);
  await expect(run('c/x/1')).resolves.toBe('c/x/1');
});

test('sources with failures get half of the queue at most', async () => {
  open({ ...WIDE, waiting: 2 });
  for (const source of ['a', 'b']) failures.add(source);
  const free = occupy();
  const waiting = [run('a/x/1')];
  await expect(run('b/x/1')).rejects.toThrow(QueueFullError);
  waiting.push(run('c/x/1'));
  await Promise.all([free(), ...waiting]);
});

test('a job without a waiting client leaves the queue, and its place is free', async () => {
  open({ ...WIDE, waiting: 1 });
  const free = occupy();
  const client = new AbortController();
  const left = run('a/x/1', client.signal);
  client.abort(new Error('the client has gone'));
  await expect(left).rejects.toThrow('the client has gone');
  expect(queue.waiting).toBe(0);
  const next = run('b/x/1');
  await Promise.all([free(), next]);
  expect(done).toEqual(['busy/user', 'b/x/1']);
  await expect(run('a/x/1', client.signal)).rejects.toThrow('the client has gone');
});

test('a job waits no longer than the limit, and a source with failures gets an error of its own', async () => {
  open({ ...WIDE, waitMs: 20 });
  const free = occupy();
  await expect(run('a/x/1')).rejects.toThrow(QueueFullError);
  for (let count = 0; count < 20; count += 1) failures.add('a');
  await expect(run('a/x/1')).rejects.toThrow(SourceLimitedError);
  await free();
  expect(done).toEqual(['busy/user']);
});
