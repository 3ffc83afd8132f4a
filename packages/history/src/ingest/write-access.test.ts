import { expect, it } from 'vitest';
import { openDatabase } from '../database/open-database.ts';
import { TestLogs } from '../testing/open-history.ts';
import { countLines } from './access-batch.ts';
import { writeAccess } from './write-access.ts';

it('counts what a day has too many of without a name', () => {
  const database = openDatabase(new TestLogs().root, 1_000_000);
  const lines = Array.from({ length: 10 }, (_, index) =>
    JSON.stringify({
      ...{ time: '2026-11-30T10:00:00.000Z', upstream: 'a', kind: 'manifest', method: 'GET' },
      ...{ status: 200, cache: 'HIT', repository: 'app', reference: `v${index}` },
    }),
  );
  const batch = countLines(lines, (id) => id, Number.MAX_VALUE);
  writeAccess(database, batch, 3);
  writeAccess(database, batch, 3);
  const rows = database.prepare('SELECT reference, pulls FROM pulls ORDER BY reference').all();
  expect(rows.map(({ reference, pulls }) => [reference, pulls])).toEqual([
    ['', 14],
    ['v0', 2],
    ['v1', 2],
    ['v2', 2],
  ]);
  database.close();
});

it('tells no first byte after the end of an answer', () => {
  const database = openDatabase(new TestLogs().root, 1_000_000);
  const line = JSON.stringify({
    ...{ time: '2026-11-30T10:00:00.000Z', upstream: 'a', kind: 'blob', method: 'GET', id: 'x' },
    ...{ status: 200, cache: 'MISS', repository: 'app', ms: 221, firstByteMs: 222 },
  });
  writeAccess(
    database,
    countLines([line], (id) => id, Number.MAX_VALUE),
    3,
  );
  expect(database.prepare('SELECT ms, firstByteMs FROM requests').all()).toEqual([
    { ms: 221, firstByteMs: 221 },
  ]);
  database.close();
});

it('takes no line that is not a record', () => {
  const { hours } = countLines(['', 'null', '[]', '{"time":"x"}', '{', '7'], () => undefined, 0);
  expect(hours.size).toBe(0);
});
