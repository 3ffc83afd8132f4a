import { describe, expect, it } from 'vitest';
import { convertKeepalive, parseNginxSize, parseNginxTime } from './nginx.ts';

describe('a time in the notation of nginx', () => {
  it.each([
    ['60s', 60_000],
    ['1m', 60_000],
    ['600', 600_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1m5', 65_000],
    ['2w', 1_209_600_000],
    ['1y1M1d', 34_214_400_000],
    [' 5s ', 5_000],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(parseNginxTime('SEND_TIMEOUT', text)).toEqual({ ok: true, value: ms });
  });

  it.each(['', '0', '0s', '-1s', '1x', 's', '5s1m', '1.5s', '1h 30m', '9'.repeat(20)])(
    '%j is none',
    (text) => {
      expect(parseNginxTime('SEND_TIMEOUT', text)).toMatchObject({
        ok: false,
        issues: [{ path: 'SEND_TIMEOUT' }],
      });
    },
  );
});

describe('a size in the notation of nginx', () => {
  it.each([
    ['32g', 32 * 1024 ** 3],
    ['512M', 512 * 1024 ** 2],
    ['8k', 8192],
    ['1024', 1024],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseNginxSize('CACHE_MAX_SIZE', text)).toEqual({ ok: true, value: bytes });
  });

  it.each(['', '0', '32gb', '1.5g', '1t', '-1g', 'g'])('%j is none', (text) => {
    expect(parseNginxSize('CACHE_MAX_SIZE', text).ok).toBe(false);
  });
});

it('takes the first of two times of keepalive_timeout, and 0 for none at all', () => {
  expect(convertKeepalive('KEEPALIVE_TIMEOUT', '300s 60s')).toEqual({ ok: true, value: '5m' });
  expect(convertKeepalive('KEEPALIVE_TIMEOUT', '0')).toEqual({ ok: true, value: '1ms' });
  expect(convertKeepalive('KEEPALIVE_TIMEOUT', 'off').ok).toBe(false);
});
