import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FetchEvent, historyFile } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { askEvictions, sumEvictions } from './answers/evictions.ts';
import { askFetches } from './answers/fetches.ts';
import { askImages } from './answers/images.ts';
import { askOutages } from './answers/outages.ts';
import { askPullers, askPulls } from './answers/pulls.ts';
import { askRequest } from './answers/requests.ts';
import { askSaved } from './answers/saved.ts';
import { askTrend } from './answers/trend.ts';
import type { History } from './history.ts';
import { listImages, NOW_MS, type SizedImage, TestLogs } from './testing/open-history.ts';

const IMAGE = { upstream: 'quay.io', repository: 'team/app' };
const FETCH: FetchEvent = {
  event: 'fetch',
  ...{ upstream: 'quay.io', repository: 'team/app', digest: 'sha256:a' },
  ...{ time: '2026-11-30T10:00:10.000Z', ms: 4000, firstByteMs: 90, bytes: 500 },
  outcome: 'stored',
  ...{ from: 'cdn.example', source: 'cdn', readers: 2 },
};

const countRequests = async (history: History) => {
  const saved = await history.ask((database) => askSaved(database, 0, NOW_MS), []);
  return saved.reduce((sum, { requests }) => sum + requests, 0);
};

it('tells what was saved: requests, bytes and time', async () => {
  const logs = new TestLogs();
  logs.answer(
    { kind: 'blob', cache: 'MISS', bytes: 1000, ms: 500 },
    { kind: 'blob', bytes: 2000, ms: 10 },
    { kind: 'blob', cache: 'STALE', bytes: 1000, ms: 10 },
    { upstream: 'docker.io', cache: 'HIT', bytes: 10, ms: 1 },
    { kind: 'ping', upstream: '', cache: '' },
    { status: 404 },
    { status: 403, audit: 'refused rule' },
  );
  const saved = await logs.open().ask((database) => askSaved(database, 0, NOW_MS), []);
  expect(saved).toEqual([
    {
      upstream: 'quay.io',
      requests: 3,
      savedRequests: 2,
      bytes: 4000,
      savedBytes: 3000,
      // 0.5 ms for each byte of a miss: 1000 ms and 500 ms, less 10 ms each.
      savedMs: 1480,
    },
    {
      upstream: 'docker.io',
      ...{ requests: 1, savedRequests: 1, bytes: 10, savedBytes: 10 },
      // No miss tells how long it would have taken.
      savedMs: 0,
    },
  ]);
});

it('tells what each of the last hours had, and how full the store was', async () => {
  const logs = new TestLogs();
  logs.answer(
    { kind: 'blob', cache: 'MISS', bytes: 1000, time: '2026-11-30T08:59:59.000Z' },
    { kind: 'blob', bytes: 2000 },
    { cache: 'STALE', bytes: 100 },
    { upstream: 'docker.io', cache: 'HIT', bytes: 10 },
    { kind: 'ping', upstream: '', cache: '' },
    { time: '2026-11-30T11:00:00.000Z', bytes: 1 },
  );
  const size = { event: 'size', limitBytes: 900 } as const;
  logs.event(
    'cleaner',
    { ...size, time: '2026-11-30T10:01:00.000Z', usedBytes: 500 },
    { ...size, time: '2026-11-30T10:20:00.000Z', usedBytes: 700 },
  );
  const ask = (upstream?: string) =>
    logs
      .open(undefined, NOW_MS + 3_600_000)
      .ask((database) => askTrend(database, { nowMs: NOW_MS, hours: 3, upstream }), []);
  const none = { requests: 0, hits: 0, misses: 0, stale: 0, bytes: 0, savedBytes: 0 };
  const unmeasured = { usedBytes: null, limitBytes: null };
  const hour = (time: string) => Date.parse(`2026-11-30T${time}:00.000Z`);
  expect(await ask()).toEqual([
    { ...none, atMs: hour('08:00'), ...unmeasured, requests: 1, misses: 1, bytes: 1000 },
    { ...none, atMs: hour('09:00'), ...unmeasured },
    {
      ...{ atMs: hour('10:00'), requests: 3, hits: 2, misses: 0, stale: 1 },
      ...{ bytes: 2110, savedBytes: 2110, usedBytes: 700, limitBytes: 900 },
    },
  ]);
  const ofOne = await ask('docker.io');
  expect(ofOne.map(({ requests, usedBytes }) => [requests, usedBytes])).toEqual([
    [0, null],
    [0, null],
    [1, 700],
  ]);
});

it('tells who pulled an image, how often and when last', async () => {
  const logs = new TestLogs();
  logs.answer(
    { user: 'ann', cache: 'MISS' },
    { user: 'ann', time: '2026-11-30T10:05:00.000Z' },
    { user: 'jörg', repository: 'team/other' },
    { client: '192.0.2.7', reference: 'v2', time: '2026-11-30T10:04:00.000Z' },
    { method: 'HEAD' },
    { upstream: 'not-served.example' },
  );
  const history = logs.open();
  expect(await history.ask((database) => askPulls(database, IMAGE, 9), [])).toEqual([
    { reference: 'v1', pulls: 2, misses: 1, lastMs: Date.parse('2026-11-30T10:05:00.000Z') },
    { reference: 'v2', pulls: 1, misses: 0, lastMs: Date.parse('2026-11-30T10:04:00.000Z') },
  ]);
  const ofTag = { ...IMAGE, reference: 'v2' };
  const pulls = await history.ask((database) => askPulls(database, ofTag, 9), []);
  expect(pulls.map(({ reference }) => reference)).toEqual(['v2']);
  const pullers = await history.ask((database) => askPullers(database, IMAGE, 9), []);
  expect(pullers.map(({ who, pulls }) => [who, pulls])).toEqual([
    ['ann', 2],
    ['192.0.2.7', 1],
  ]);
  const other = { ...IMAGE, repository: 'team/other' };
  expect(await history.ask((database) => askPullers(database, other, 9), [])).toMatchObject([
    { who: 'jörg' },
  ]);
});

it('tells fetches, outages and evictions, and what was fetched meanwhile', async () => {
  const logs = new TestLogs();
  const at = '2026-11-30T10:00:08.000Z';
  const lastAccess = '2026-11-01T00:00:00.000Z';
  logs.event('egress', FETCH, {
    ...FETCH,
    ...{ time: '2026-11-30T10:20:00.000Z', ms: 5, error: 'broken off' },
    outcome: 'failed',
  });
  logs.event('egress', { event: 'upstream', time: at, upstream: 'quay.io', state: 'down' });
  logs.event(
    'cleaner',
    {
      ...{ event: 'eviction', time: at, digest: 'sha256:b', sizeBytes: 7, lastAccess },
      ...{ namedBy: ['quay.io/old/app', 'quay.io/old/b'], reason: 'reservation' },
    },
    { event: 'evictions', time: at, blobs: 10, sizeBytes: 70, reason: 'timer' },
  );
  const history = logs.open();
  const fetches = await history.ask((database) => askFetches(database, { limit: 9 }), []);
  expect(fetches.map(({ outcome, error }) => [outcome, error])).toEqual([
    ['failed', 'broken off'],
    ['stored', null],
  ]);
  expect(fetches[1]).toMatchObject({ sinceMs: Date.parse('2026-11-30T10:00:06.000Z'), readers: 2 });
  expect(fetches[1]).toMatchObject({ source: 'cdn.example', kind: 'cdn' });
  const atMs = Date.parse(at);
  expect(
    await history.ask((database) => askFetches(database, { atMs, limit: 9 }), []),
  ).toHaveLength(1);
  const evictions = await history.ask((database) => askEvictions(database, 0, 9), []);
  expect(evictions).toMatchObject([
    { digest: null, blobs: 10, bytes: 70, during: [] },
    {
      digest: 'sha256:b',
      namedBy: ['quay.io/old/app', 'quay.io/old/b'],
      during: ['quay.io/team/app'],
    },
  ]);
  const sums = await history.ask((database) => sumEvictions(database, 0), { blobs: 0, bytes: 0 });
  expect(sums).toEqual({ blobs: 11, bytes: 77 });
  const outages = () => history.ask((database) => askOutages(database, 0, 9), []);
  expect(await outages()).toMatchObject([{ upstream: 'quay.io', sinceMs: atMs, endedMs: null }]);
  const later = '2026-11-30T10:01:08.000Z';
  logs.event('egress', { event: 'upstream', time: later, upstream: 'quay.io', state: 'up' });
  expect(await outages()).toMatchObject([{ endedMs: Date.parse(later) }]);
});

it('takes no fetch for one that needed the room if it ended more than a day later', async () => {
  const logs = new TestLogs();
  const time = '2026-11-29T10:00:00.000Z';
  const repository = (name: string) => ({ repository: `team/${name}` });
  const hours = (count: number) => count * 3_600_000;
  logs.event(
    'egress',
    // A clock that was set in the middle makes a fetch of two days.
    { ...FETCH, ...repository('clock'), time: '2026-11-30T10:20:00.000Z', ms: hours(48) },
    { ...FETCH, ...repository('long'), time: '2026-11-29T20:00:00.000Z', ms: hours(11) },
    { ...FETCH, ...repository('later'), time: '2026-11-29T20:00:00.000Z', ms: hours(9) },
  );
  const eviction = { event: 'eviction', sizeBytes: 7, lastAccess: time, namedBy: [] } as const;
  logs.event('cleaner', { ...eviction, time, digest: 'sha256:b', reason: 'reservation' });
  const evictions = await logs.open().ask((database) => askEvictions(database, 0, 9), []);
  expect(evictions).toMatchObject([{ during: ['quay.io/team/long'] }]);
});

it('tells which images are kept although their upstream has deleted the tag', async () => {
  const logs = new TestLogs();
  const at = (minute: number) => Date.parse('2026-11-30T10:00:00.000Z') + minute * 60_000;
  const gone = (tag: string, minute: number) =>
    logs.event('egress', {
      ...{ event: 'tag-gone', time: new Date(at(minute)).toISOString(), ...IMAGE, tag },
    });
  const walk = async (history: History, checked: Readonly<Record<string, number>>) => {
    const images = Object.entries(checked).map(([tag, minute]): SizedImage => {
      const name = `quay.io/team/app:${tag}`;
      const sizes = { ownBytes: 1, sharedBytes: 0, checkedMs: at(minute) };
      return { ...IMAGE, name, tag, digest: 'sha256:a', platforms: [], ...sizes };
    });
    await listImages(history, images, at(60));
  };
  const list = async (history: History, isGone = true) => {
    const none = { total: 0, images: [] };
    const wanted = { pattern: '', limit: 9, gone: isGone };
    const { total, images } = await history.ask((database) => askImages(database, wanted), none);
    return [total, ...images.map(({ tag, goneMs }) => [tag, goneMs])];
  };
  gone('v1', 10);
  gone('v1', 20);
  gone('never-here', 20);
  gone('v2', 10);
  const history = logs.open();
  await walk(history, { v1: 5, v2: 11, v3: 5 });
  // The upstream has confirmed v2 since.
  expect(await list(history)).toEqual([1, ['v1', at(10)]]);
  expect(await list(history, false)).toEqual([3, ['v1', at(10)], ['v2', null], ['v3', null]]);
  gone('v2', 30);
  expect(await list(logs.open())).toEqual([2, ['v1', at(10)], ['v2', at(30)]]);
});

it('counts each line once, over restarts, rotations and a new log with the same inode', async () => {
  const logs = new TestLogs();
  logs.answer({}, {});
  const first = logs.open();
  expect(await countRequests(first)).toBe(2);
  logs.answer({});
  // Killed: the next one begins where the database says.
  expect(await countRequests(logs.open())).toBe(3);
  logs.answer({});
  renameSync(logs.accessLog, `${logs.accessLog}.1`);
  logs.answer({ time: '2026-11-30T10:01:00.000Z' });
  expect(await countRequests(logs.open())).toBe(5);
  // A container that starts anew writes another log, longer than the last, into the same inode.
  const lines = Array.from({ length: 9 }, () => JSON.stringify({ time: 'x', kind: 'ping' }));
  writeFileSync(logs.accessLog, `${lines.join('\n')}\n`);
  rmSync(`${logs.accessLog}.1`);
  logs.answer({ time: '2026-11-30T10:02:00.000Z' });
  expect(await countRequests(logs.open())).toBe(6);
});

it.each<[string, (file: string) => void]>([
  ['deleted', (file) => rmSync(file)],
  ['overwritten', (file) => writeFileSync(file, 'x'.repeat(10_000))],
  ['replaced by an empty file', (file) => [rmSync(file), writeFileSync(file, '')]],
])('a database that is %s costs history alone', async (_, damage) => {
  const logs = new TestLogs();
  logs.answer({});
  const history = logs.open();
  expect(await countRequests(history)).toBe(1);
  damage(historyFile(logs.root));
  await history.catchUp();
  logs.answer({});
  // The log is still there, so it is counted anew.
  await expect.poll(() => countRequests(history)).toBe(2);
  expect(await countRequests(logs.open())).toBe(2);
});

it('makes a database anew that has lost a table', async () => {
  const logs = new TestLogs();
  logs.answer({});
  const history = logs.open();
  expect(await countRequests(history)).toBe(1);
  const other = new DatabaseSync(historyFile(logs.root));
  other.exec('DROP TABLE hours');
  other.close();
  logs.answer({});
  await expect.poll(() => countRequests(history)).toBe(2);
  expect(logs.warnings).toHaveLength(1);
});

it('takes a time that a clock ahead has noted for that of the reading', async () => {
  const logs = new TestLogs();
  const time = '2031-01-01T00:00:00.000Z';
  logs.answer({}, { time, cache: 'MISS', id: 'a-1' });
  const eviction = { event: 'eviction', sizeBytes: 7, lastAccess: time, namedBy: [] } as const;
  logs.event('cleaner', { ...eviction, time, digest: 'sha256:a', reason: 'timer' });
  logs.event('egress', { ...FETCH, time });
  const later = logs.open(undefined, NOW_MS + 60_000);
  const history = logs.open();
  expect(await countRequests(history)).toBe(2);
  const pulls = await history.ask((database) => askPulls(database, IMAGE, 9), []);
  expect(pulls).toMatchObject([{ pulls: 2, lastMs: NOW_MS }]);
  const pullers = await history.ask((database) => askPullers(database, IMAGE, 9), []);
  expect(pullers).toMatchObject([{ lastMs: NOW_MS }]);
  const misses = await history.ask((database) => askRequest(database, 'a-1'), undefined);
  expect(misses).toMatchObject({ atMs: NOW_MS });
  // What comes later is above it in the lists.
  const soon = '2026-11-30T10:30:30.000Z';
  logs.event('cleaner', { ...eviction, time: soon, digest: 'sha256:b', reason: 'timer' });
  logs.event('egress', { ...FETCH, time: soon, digest: 'sha256:b' });
  const evictions = await later.ask((database) => askEvictions(database, 0, 9), []);
  expect(evictions.map(({ digest }) => digest)).toEqual(['sha256:b', 'sha256:a']);
  const fetches = await later.ask((database) => askFetches(database, { limit: 9 }), []);
  expect(fetches.map(({ digest }) => digest)).toEqual(['sha256:b', 'sha256:a']);
  expect(fetches[1]).toMatchObject({ sinceMs: NOW_MS - 4000, endedMs: NOW_MS });
});

it('goes on without a database where none can be made', async () => {
  const logs = new TestLogs();
  mkdirSync(join(logs.root, 'history'));
  mkdirSync(historyFile(logs.root));
  logs.answer({});
  const history = logs.open();
  expect(await countRequests(history)).toBe(0);
  await history.catchUp();
  expect(logs.warnings).toHaveLength(1);
  rmSync(historyFile(logs.root), { recursive: true });
  expect(await countRequests(history)).toBe(1);
});

it('stays within its size, whatever clients send, and keeps the newest', async () => {
  const logs = new TestLogs();
  const maxBytes = 1024 * 1024;
  const history = logs.open(maxBytes);
  for (let day = 1; day <= 9; day += 1) {
    const time = `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`;
    const many = Array.from({ length: 2000 }, (_, index) => {
      const name = `${day}-${index}-${'x'.repeat(60)}`;
      return [
        { time, reference: name, user: name, agent: name },
        { time, upstream: name, repository: name, status: 404, kind: 'blob' as const },
      ];
    });
    logs.answer(...many.flat());
    await history.catchUp();
    expect(statSync(historyFile(logs.root)).size).toBeLessThanOrEqual(maxBytes);
  }
  const pulls = await history.ask((database) => askPulls(database, IMAGE, 100_000), []);
  expect(pulls[0]?.reference).toMatch(/^9-/);
  const rows = await history.ask(
    (database) => Number(database.prepare('SELECT count(*) AS n FROM hours').get()?.n),
    0,
  );
  expect(rows).toBeLessThan(30);
});
