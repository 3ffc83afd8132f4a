import { expect, test } from 'vitest';
import { formatTag, parseTag } from './tag-record.ts';

const TAG = { digest: `sha256:${'a'.repeat(64)}`, confirmedAtMs: 1_700_000_000_000.5 };

test('a tag is read as it was written', () => {
  expect(parseTag(formatTag(TAG))).toEqual(TAG);
});

test.each(['', '{', 'null', '[]', '{"digest":"x","confirmedAtMs":1}', '{"confirmedAtMs":1}'])(
  '%j is no tag',
  (text) => {
    expect(parseTag(text)).toBeUndefined();
  },
);

test('a time of confirmation is the time of a date, after 1970', () => {
  const { digest } = TAG;
  expect(parseTag(JSON.stringify({ digest, confirmedAtMs: 'now' }))).toBeUndefined();
  for (const time of ['1e999', '9e15', '-1']) {
    expect(parseTag(`{"digest":"${digest}","confirmedAtMs":${time}}`)).toBeUndefined();
  }
});
