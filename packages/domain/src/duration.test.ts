import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['60d', 5_184_000_000],
    ['1h2m3s', 3_723_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['5m0s', 300_000],
    ['007s', 7_000],
    [' 1s ', 1_000],
  ])('reads %j as %j milliseconds', (text, durationMs) => {
    expect(parseDuration('TIME', text)).toEqual({ ok: true, value: durationMs });
  });

  test.each([
    ['', '""'],
    ['0s', '"0s"'],
    ['10', '"10"'],
    ['-1s', '"-1s"'],
    ['1.5h', '"1.5h"'],
    ['1s1m', '"1s1m"'],
    ['1s2s', '"1s2s"'],
    ['1H', '"1H"'],
    ['1w', '"1w"'],
    ['1h 2m', '"1h 2m"'],
    ['s', '"s"'],
    ['99999999999999999d', '"99999999999999999d"'],
  ])('refuses %j, and says what it found', (text, found) => {
    const accepted = expect.stringContaining('1h2m3s');
    expect(parseDuration('TIME', text)).toEqual({
      ok: false,
      issues: [{ path: 'TIME', found, accepted }],
    });
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [0.4, '0s'],
    [250, '250ms'],
    [1_500, '1s500ms'],
    [3_723_000, '1h2m3s'],
    [5_184_000_000, '60d'],
  ])('shows %j milliseconds as %j', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
