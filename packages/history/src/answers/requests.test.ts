import type { AccessRecord } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { TestLogs } from '../testing/open-history.ts';
import { askMisses, askRequest, countRequests } from './requests.ts';

const DIGEST = `sha256:${'b'.repeat(64)}`;
const MISS: Partial<AccessRecord> & { readonly time: string } = {
  ...({ kind: 'blob', cache: 'MISS', digest: DIGEST, reference: DIGEST } as const),
  id: 'one',
  ...{ time: '2026-11-30T10:00:00.000Z', ms: 4_000, firstByteMs: 900 },
  way: 'path',
};

it('tells of a miss its reason, its fetch, and what had become of its content', async () => {
  const logs = new TestLogs();
  logs.answer({ ...MISS, id: 'first', time: '2026-11-29T10:00:00.000Z' }, MISS);
  logs.event('cleaner', {
    ...{ event: 'eviction', time: '2026-11-30T09:00:00.000Z', digest: DIGEST, sizeBytes: 7 },
    ...{ lastAccess: '2026-11-29T10:00:00.000Z', namedBy: ['quay.io/team/app'] },
    reason: 'growth',
  });
  logs.event(
    'egress',
    { event: 'miss', time: '2026-11-30T10:00:00.500Z', id: 'one', why: 'absent' },
    {
      ...{ event: 'fetch', time: '2026-11-30T10:00:03.000Z', ms: 2_900, firstByteMs: 800 },
      ...{ upstream: 'quay.io', repository: 'team/app', digest: DIGEST, bytes: 7 },
      ...{ outcome: 'stored', from: 'cdn.example', readers: 2 },
    },
  );
  const found = await logs.open().ask((database) => askRequest(database, 'one'), undefined);
  expect(found).toMatchObject({
    ...{ upstream: 'quay.io', outcome: 'miss', why: 'absent', who: '192.0.2.1', ms: 4_000 },
    ...{ evictedMs: Date.parse('2026-11-30T09:00:00.000Z'), evictedBecause: 'growth' },
    earlierMs: Date.parse('2026-11-29T10:00:00.000Z'),
    fetch: { source: 'cdn.example', readers: 2, firstByteMs: 800 },
  });
});

it('takes no request that still ran for an earlier one', async () => {
  const logs = new TestLogs();
  // It came 10 ms before, and waited for the same fetch.
  logs.answer({ ...MISS, id: 'other', time: '2026-11-30T09:59:59.990Z' }, MISS);
  const history = logs.open();
  const ask = () => history.ask((database) => askRequest(database, 'one'), undefined);
  expect(await ask()).toMatchObject({ earlierMs: null });
  logs.answer({ ...MISS, id: 'before', time: '2026-11-30T09:59:50.000Z' });
  expect(await ask()).toMatchObject({ earlierMs: Date.parse('2026-11-30T09:59:50.000Z') });
});

it('tells requests with one id at one time apart, by what they asked for', async () => {
  const logs = new TestLogs();
  const asked = [
    { reference: 'v1', repository: 'team/app', why: 'tag-expired' },
    { reference: 'v2', repository: 'team/app', why: 'tag-changed' },
    { reference: 'v2', repository: 'team/other', why: 'tag-always' },
  ] as const;
  const time = '2026-11-30T10:00:00.500Z';
  for (const { reference, repository, why } of asked) {
    logs.answer({ ...MISS, kind: 'manifest', digest: '', reference, repository, id: 'same' });
    const told = { upstream: 'quay.io', repository, reference, why };
    logs.event('egress', { event: 'miss', time, id: 'same', ...told });
  }
  // Egress had no word on it, as on all that a registry does not have.
  logs.answer({ ...MISS, kind: 'manifest', digest: '', reference: 'v3', id: 'same', status: 502 });
  const history = logs.open();
  const found = await history.ask((database) => askMisses(database, { limit: 9 }), []);
  expect(found.map(({ reference, repository, why }) => ({ reference, repository, why }))).toEqual([
    { reference: 'v3', repository: 'team/app', why: null },
    ...asked.toReversed(),
  ]);
  const count = (id: string) => history.ask((database) => countRequests(database, id), -1);
  expect(await Promise.all([count('same'), count('none')])).toEqual([4, 0]);
});

it('lists misses, stale and failed answers of served upstreams alone, the newest first', async () => {
  const logs = new TestLogs();
  logs.answer(
    { ...MISS, id: 'miss' },
    { ...MISS, id: 'stale', cache: 'STALE' },
    { ...MISS, id: 'failed', cache: '', status: 502, upstream: 'docker.io' },
    { ...MISS, id: 'slow hit', cache: 'HIT', ms: 2_000 },
    { ...MISS, id: 'hit', cache: 'HIT', ms: 2 },
    { ...MISS, id: 'made up', upstream: 'not-served.example' },
    { ...MISS, id: 'absent', cache: '', status: 404 },
  );
  const history = logs.open();
  const list = (upstream?: string, limit = 9) =>
    history.ask(
      (database) => askMisses(database, { upstream, limit }).map(({ request }) => request),
      [],
    );
  expect(await list()).toEqual(['failed', 'stale', 'miss']);
  expect(await list('quay.io', 1)).toEqual(['stale']);
  const ask = (id: string) => history.ask((database) => askRequest(database, id), undefined);
  expect(await ask('slow hit')).toMatchObject({ outcome: 'hit', why: null });
  expect(await ask('hit')).toBeUndefined();
});

it('keeps the newest of a flood, and the other history beside it', async () => {
  const logs = new TestLogs();
  logs.answer({});
  const flood = Array.from({ length: 3_000 }, (_, index) => ({ ...MISS, id: `flood-${index}` }));
  logs.answer(...flood);
  logs.event(
    'egress',
    ...flood.map(({ id }) => ({ event: 'miss', time: MISS.time, id, why: 'absent' }) as const),
  );
  const history = logs.open(1024 * 1024);
  const misses = await history.ask((database) => askMisses(database, { limit: 9_999 }), []);
  expect(misses[0]?.request).toBe('flood-2999');
  expect(misses.length).toBeGreaterThan(100);
  expect(misses.length).toBeLessThan(400);
  const pulls = await history.ask(
    (database) => Number(database.prepare('SELECT count(*) AS n FROM pulls').get()?.n),
    0,
  );
  expect(pulls).toBe(1);
});

it('does not take a HEAD, a part or another failure for content that was here', async () => {
  const logs = new TestLogs();
  logs.answer(
    { ...MISS, id: 'head', method: 'HEAD', time: '2026-11-30T09:00:00.000Z' },
    { ...MISS, id: 'part', status: 206, time: '2026-11-30T09:00:01.000Z' },
    MISS,
    { ...MISS, id: 'down', kind: 'manifest', digest: '', cache: '', status: 502 },
    { ...MISS, id: 'down still', kind: 'manifest', digest: '', cache: '', status: 502 },
  );
  const history = logs.open();
  const ask = (id: string) => history.ask((database) => askRequest(database, id), undefined);
  expect(await ask('one')).toMatchObject({ earlierMs: null });
  expect(await ask('down still')).toMatchObject({ outcome: 'failed', earlierMs: null });
});

it('looks each fact up by its time, since one content or id may have most of the rows', async () => {
  const logs = new TestLogs();
  logs.answer(MISS, { ...MISS, id: 'two' });
  const steps = await logs.open().ask((database) => {
    const asked: string[] = [];
    const spy = new Proxy(database, {
      get: (_, name) => (name === 'prepare' ? prepare : undefined),
    });
    const prepare = (sql: string) => {
      asked.push(sql);
      return database.prepare(sql);
    };
    askMisses(spy, { limit: 2 });
    const [, ...facts] = asked;
    return facts.map((sql) => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      return plan.map(({ detail }) => String(detail)).filter((step) => !step.includes('subquery'));
    });
  }, []);
  // Each is prepared once for all requests.
  expect(steps).toHaveLength(6);
  const byTime = /^SEARCH .* USING (?:COVERING )?INDEX .*[?] AND (?:at|ended|since)Ms[<>][?]/;
  for (const step of steps) expect(step[0]).toMatch(byTime);
});
