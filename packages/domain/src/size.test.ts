import { describe, expect, test } from 'vitest';
import { formatSize } from './format-size.ts';
import { parseSize } from './size.ts';

describe('parseSize', () => {
  test.each([
    ['1', 1],
    ['512B', 512],
    ['1K', 1024],
    ['1Ki', 1024],
    ['1KiB', 1024],
    ['1KB', 1000],
    ['10M', 10 * 1024 ** 2],
    ['10MB', 10_000_000],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2t', 2 * 1024 ** 4],
    ['1PiB', 1024 ** 5],
    ['1PB', 1e15],
    ['0.001K', 1],
    [' 10 G ', 10 * 1024 ** 3],
  ])('reads %j as %j bytes', (text, bytes) => {
    expect(parseSize('SIZE', text)).toEqual({ ok: true, value: bytes });
  });

  test.each([
    ['', '""'],
    ['0', '"0"'],
    ['0.5', '"0.5"'],
    ['-1G', '"-1G"'],
    ['+1G', '"+1G"'],
    ['1e3', '"1e3"'],
    ['.5G', '".5G"'],
    ['1.G', '"1.G"'],
    ['1,5G', '"1,5G"'],
    ['G', '"G"'],
    ['10X', '"10X"'],
    ['10 G B', '"10 G B"'],
    ['8P', '"8P"'],
    ['Infinity', '"Infinity"'],
  ])('refuses %j, and says what it found', (text, found) => {
    const accepted = expect.stringContaining('10G');
    expect(parseSize('SIZE', text)).toEqual({
      ok: false,
      issues: [{ path: 'SIZE', found, accepted }],
    });
  });
});

describe('formatSize', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 3, '1 GiB'],
    [1024 ** 6, '1024 PiB'],
    [-2048, '-2 KiB'],
  ])('shows %j bytes as %j', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
