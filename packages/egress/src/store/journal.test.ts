import { expect, test } from 'vitest';
import { formatHead, formatRange, parseJournal } from './journal.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const KEY = { upstreamId: 'quay.io', digest: DIGEST, sizeBytes: 10_000_000 };
const PLACE = { file: '/store/egress/a', bootId: 'boot', fileBytes: 8_000_000 };
const HEAD = formatHead('boot', KEY);

test('joins what it has noted', () => {
  const text = HEAD + formatRange(4, 8) + formatRange(20, 30) + formatRange(0, 4);
  expect(parseJournal(text, PLACE)).toEqual({
    ...KEY,
    file: '/store/egress/a',
    ranges: [
      [0, 8],
      [20, 30],
    ],
  });
});

test('believes no line that was being written, and no bytes that the file does not have', () => {
  const text = `${HEAD}${formatRange(0, 4)}${formatRange(9, 9_000_000)}x y\n4 80`;
  expect(parseJournal(text, PLACE)?.ranges).toEqual([[0, 4]]);
});

test('leaves the end of a body to be asked for', () => {
  const whole = HEAD + formatRange(0, KEY.sizeBytes);
  const { ranges } = parseJournal(whole, { ...PLACE, fileBytes: KEY.sizeBytes }) ?? {};
  expect(ranges).toEqual([[0, 10_000_000 - 64 * 1024]]);
});

test.each([
  ['of another boot', formatHead('other', KEY) + formatRange(0, 4)],
  ['without a boot', formatHead('', KEY) + formatRange(0, 4)],
  ['of no digest', formatHead('boot', { ...KEY, digest: '../a' }) + formatRange(0, 4)],
  ['of no bytes', HEAD],
  ['that is empty', ''],
])('knows nothing by a list %s', (_name, text) => {
  expect(parseJournal(text, PLACE)).toBeUndefined();
});
