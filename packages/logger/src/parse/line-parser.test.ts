import { expect, test } from 'vitest';
import { accessLine } from '../testing/store.ts';
import { createLineParser } from './line-parser.ts';
import { parseLine } from './parse-line.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** Encodes like HAProxy: with a space after each colon and comma outside of strings. */
function edgeLine(fields: Parameters<typeof accessLine>[0]): string {
  const record = JSON.parse(accessLine({ digest: DIGEST, ...fields })) as object;
  const pairs = Object.entries(record).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
  return `{${pairs.join(', ')}}`;
}

test('parses a repeated line like the first one, with its own time', () => {
  const parse = createLineParser();
  for (const time of ['2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.001Z']) {
    const line = edgeLine({ time });
    expect(parse(line)).toMatchObject({
      served: { kind: 'blob', digest: DIGEST, timeMs: Date.parse(time) },
    });
  }
});

test('parses a repeated line with its own times and id', () => {
  const parse = createLineParser();
  for (const [id, ms, firstByteMs] of [
    ['a', 10, 2],
    ['b', 20, 3],
    ['c', 0, 0],
  ] as const) {
    expect(parse(edgeLine({ id, ms, firstByteMs }))).toMatchObject({ answer: { ms, firstByteMs } });
  }
});

test('notices any other difference', () => {
  const parse = createLineParser();
  parse(edgeLine({}));
  const other = `sha256:${'cd'.repeat(32)}`;
  expect(parse(edgeLine({ digest: other }))).toMatchObject({ served: { digest: other } });
  expect(parse(edgeLine({ kind: 'manifest' }))).toMatchObject({ served: { kind: 'manifest' } });
  expect(parse(edgeLine({ status: 404 }))).toMatchObject({ served: undefined });
});

test('refuses an invalid time, even in an otherwise known line', () => {
  const parse = createLineParser();
  const line = edgeLine({});
  parse(line);
  for (const time of ['2026-03-01T00:00:00.xyzZ', '2026-03-01",    "00.000Z']) {
    expect(parse(line.replace(/2026[^"]*/, time))).toBe('garbage');
  }
});

test('agrees with parseLine, however many lines there are', () => {
  const parse = createLineParser();
  const lines = Array.from({ length: 1000 }, (_, index) => edgeLine({ ms: index % 400 }));
  for (const line of [...lines, 'no record', '{}', accessLine({ digest: DIGEST }).trim()]) {
    expect(parse(line)).toEqual(parseLine(line));
  }
});
