import { describe, expect, test } from 'vitest';
import { accessLine } from '../testing/store.ts';
import { MAX_LINE_LENGTH, parseLine } from './parse-line.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const TIME_MS = Date.UTC(2026, 2, 1);

describe('parseLine', () => {
  test.each([
    [{ status: 200 }],
    [{ status: 206 }],
    [{ status: 304 }],
    [{ status: 200, method: 'HEAD' }],
  ])('takes served content: %j', (record) => {
    const line = accessLine({ digest: DIGEST, ...record });
    expect(parseLine(line)).toEqual({ kind: 'blob', digest: DIGEST, timeMs: TIME_MS });
  });

  test('takes a manifest with the digest of the response', () => {
    const line = accessLine({ kind: 'manifest', reference: 'latest', digest: DIGEST });
    expect(parseLine(line)).toEqual({ kind: 'manifest', digest: DIGEST, timeMs: TIME_MS });
  });

  test.each([
    [{ status: 404 }],
    [{ status: 401 }],
    [{ status: 500 }],
    [{ status: 307 }],
    [{ kind: 'tags' as const }],
    [{ kind: 'referrers' as const }],
    [{ digest: '' }],
  ])('ignores a request that served nothing of the store: %j', (record) => {
    expect(parseLine(accessLine({ digest: DIGEST, ...record }))).toBeUndefined();
  });

  test.each([
    ['sha256:../../../../etc/passwd'],
    [`sha256:${'../'.repeat(21)}a`],
    ['../../secret'],
    [`${DIGEST}/../../x`],
    [`sha256:${'AB'.repeat(32)}`],
    [`sha1:${'ab'.repeat(20)}`],
    [`${DIGEST}\n`],
  ])('does not take %j for a digest', (digest) => {
    expect(parseLine(accessLine({ digest }))).toBeUndefined();
  });

  test.each([
    [''],
    ['haproxy started'],
    ['{"time":"2026'],
    ['null'],
    ['17'],
    [`{"time":"soon","kind":"blob","status":200,"digest":"${DIGEST}"}`],
    [`{"a":"${'x'.repeat(MAX_LINE_LENGTH)}"}`],
  ])('calls it garbage: %.40j', (line) => {
    expect(parseLine(line)).toBe('garbage');
  });
});
