import { expect, test } from 'vitest';
import { formatAuditLine } from './audit.ts';

const NOW_MS = Date.UTC(2026, 2, 1);

test('a line has every field, in the order of the contract', () => {
  const line = formatAuditLine({ event: 'refusal', user: 'ann', rule: 3 }, NOW_MS);
  expect(line).toBe(
    '{"time":"2026-03-01T00:00:00.000Z","event":"refusal","user":"ann","from":"","way":"","image":"","digest":"","rule":3,"because":""}\n',
  );
});

test('verdict and count are there only where they apply', () => {
  const line = formatAuditLine({ event: 'trust', verdict: 'warned', count: 1 }, NOW_MS);
  expect(JSON.parse(line)).toMatchObject({ rule: null, verdict: 'warned' });
  expect(JSON.parse(line)).not.toHaveProperty('count');
  expect(JSON.parse(formatAuditLine({ event: 'refusal', count: 7 }, NOW_MS)).count).toBe(7);
});

test('a text of a client stays one line, without control characters', () => {
  const because = 'a\nb\u001b[2J\u202e';
  const line = formatAuditLine({ event: 'refusal', because }, NOW_MS);
  expect(line).toMatch(/^[ -~]+\n$/);
  expect(JSON.parse(line).because).toBe(because);
});

test('long texts are cut', () => {
  const long = 'x'.repeat(100_000);
  const event = { event: 'fetch', user: long, image: long, digest: long, because: long } as const;
  const line = formatAuditLine({ ...event, from: long }, NOW_MS);
  expect(line.length).toBeLessThan(4096);
  expect(JSON.parse(line).user).toMatch(/^x{255}…$/);
});
