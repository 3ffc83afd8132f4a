import { describe, expect, test } from 'vitest';
import { accessLine } from '../testing/store.ts';
import { MAX_LINE_LENGTH, parseLine } from './parse-line.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const TIME_MS = Date.UTC(2026, 2, 1);

function servedOf(line: string) {
  const parsed = parseLine(line);
  return parsed === 'garbage' ? parsed : parsed.served;
}

describe('parseLine', () => {
  test.each([
    [{ status: 200 }],
    [{ status: 206 }],
    [{ status: 304 }],
    [{ status: 200, method: 'HEAD' }],
  ])('takes served content: %j', (record) => {
    const line = accessLine({ digest: DIGEST, ...record });
    expect(servedOf(line)).toEqual({ kind: 'blob', digest: DIGEST, timeMs: TIME_MS });
  });

  test('takes a manifest with the digest of the response', () => {
    const line = accessLine({ kind: 'manifest', reference: 'latest', digest: DIGEST });
    expect(servedOf(line)).toEqual({ kind: 'manifest', digest: DIGEST, timeMs: TIME_MS });
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
    expect(servedOf(accessLine({ digest: DIGEST, ...record }))).toBeUndefined();
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
    expect(servedOf(accessLine({ digest }))).toBeUndefined();
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

  test('tells what each answer is counted by', () => {
    const fields = { digest: DIGEST, cache: 'MISS', ms: 40, firstByteMs: 9, bytes: 1234 } as const;
    expect(parseLine(accessLine(fields))).toMatchObject({
      answer: { outcome: 'miss', kind: 'blob', upstream: 'quay.io', method: 'GET' },
    });
    expect(parseLine(accessLine(fields))).toMatchObject({
      answer: { bytes: 1234, ms: 40, firstByteMs: 9 },
    });
  });

  test.each([[-1], [null], ['7'], [1e300], [0.5]])('takes %j for no time', (odd) => {
    const line = accessLine({ ms: odd as number, firstByteMs: odd as number });
    expect(parseLine(line)).toMatchObject({ answer: { ms: undefined, firstByteMs: undefined } });
  });
});
