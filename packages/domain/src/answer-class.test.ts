import { expect, test } from 'vitest';
import { ANSWER_OUTCOMES, type ClassifiedFields, classifyAnswer } from './answer-class.ts';

const PULL = { kind: 'blob', upstream: 'quay.io', repository: 'team/app', audit: '' } as const;

test.each<[ClassifiedFields, string]>([
  [{ status: 200, cache: 'HIT' }, 'hit'],
  [{ status: 206, cache: 'MISS' }, 'miss'],
  [{ status: 304, cache: 'HIT' }, 'hit'],
  [{ status: 200, cache: 'STALE' }, 'stale'],
  [{ status: 200, cache: '' }, 'answered'],
  [{ status: 201 }, 'answered'],
  [{ status: 404, cache: 'HIT' }, 'absent'],
  [{ status: 401 }, 'challenged'],
  [{ status: 407 }, 'challenged'],
  [{ status: 403 }, 'refused'],
  [{ status: 429, cache: 'MISS' }, 'refused'],
  [{ status: 404, audit: 'refused ann%20may%20not' }, 'refused'],
  [{ status: 400 }, 'invalid'],
  [{ status: 405 }, 'invalid'],
  [{ status: 502, cache: 'MISS' }, 'failed'],
  [{ status: -1 }, 'left'],
  [{}, 'left'],
])('%j is %s', (fields, outcome) => {
  expect(classifyAnswer({ ...PULL, ...fields })).toMatchObject({ outcome, kind: 'blob' });
});

test('rules have a verdict on requests for images alone', () => {
  const verdictOf = (fields: ClassifiedFields) => classifyAnswer({ ...PULL, ...fields }).verdict;
  expect(verdictOf({ status: 200, cache: 'HIT' })).toBe('allowed');
  expect(verdictOf({ status: 404 })).toBe('allowed');
  expect(verdictOf({ status: 403, audit: 'refused rule' })).toBe('refused');
  expect(verdictOf({ status: 429 })).toBeUndefined();
  expect(verdictOf({ status: 503 })).toBeUndefined();
  expect(verdictOf({ status: 200, kind: 'ping', repository: '' })).toBeUndefined();
});

test('fields of any other shape have a class too', () => {
  const hostile = { status: '200', cache: '__proto__', kind: 'rm -rf', upstream: 7, audit: null };
  const { outcome, kind, upstream } = classifyAnswer(hostile as unknown as ClassifiedFields);
  expect({ outcome, kind, upstream }).toEqual({ outcome: 'left', kind: 'other', upstream: '' });
  const odd = { status: 200, cache: 'constructor' } as unknown as ClassifiedFields;
  expect(ANSWER_OUTCOMES).toContain(classifyAnswer(odd).outcome);
});
