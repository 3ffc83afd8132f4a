import { describe, expect, test } from 'vitest';
import {
  isDigest,
  isRepository,
  isTag,
  splitDigest,
  subjectOfTag,
  withReference,
} from './reference.ts';

const SHA256 = `sha256:${'a1'.repeat(32)}`;
const SHA512 = `sha512:${'b2'.repeat(64)}`;

describe('isRepository', () => {
  test.each([
    ['hello', true],
    ['library/debian', true],
    ['a/b/c/d', true],
    ['a.b', true],
    ['a_b', true],
    ['a__b', true],
    ['a---b', true],
    ['0', true],
    ['x'.repeat(255), true],
    ['x'.repeat(256), false],
    ['', false],
    ['/a', false],
    ['a/', false],
    ['a//b', false],
    ['Library/debian', false],
    ['a..b', false],
    ['a___b', false],
    ['-a', false],
    ['a-', false],
    ['_uploads', false],
    ['a/_layers', false],
    ['..', false],
    ['a/../b', false],
    ['a:b', false],
    ['a\n', false],
    ['ä', false],
  ])('of %j is %j', (text, expected) => {
    expect(isRepository(text)).toBe(expected);
  });
});

describe('isTag', () => {
  test.each([
    ['latest', true],
    ['1.27.3', true],
    ['V1_x-y', true],
    ['_a', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['', false],
    ['.hidden', false],
    ['-a', false],
    ['a/b', false],
    ['a:b', false],
    ['a b', false],
    ['a\n', false],
    ['..', false],
  ])('of %j is %j', (text, expected) => {
    expect(isTag(text)).toBe(expected);
  });
});

describe('isDigest', () => {
  test.each([
    [SHA256, true],
    [SHA512, true],
    [SHA256.slice(0, -1), false],
    [`${SHA256}0`, false],
    [SHA256.toUpperCase(), false],
    [`sha256:${'A1'.repeat(32)}`, false],
    [`sha256:${'b2'.repeat(64)}`, false],
    [`md5:${'a1'.repeat(16)}`, false],
    [`sha256${'a1'.repeat(32)}`, false],
    [`sha256:${'../'.repeat(21)}x`, false],
    [`${SHA256}\n`, false],
    ['', false],
  ])('of %j is %j', (text, expected) => {
    expect(isDigest(text)).toBe(expected);
  });
});

test.each([
  [SHA256, { algorithm: 'sha256', hex: 'a1'.repeat(32) }],
  [SHA512, { algorithm: 'sha512', hex: 'b2'.repeat(64) }],
])('splits %s', (digest, parts) => {
  expect(splitDigest(digest)).toEqual(parts);
});

test.each([
  [`sha256-${'a1'.repeat(32)}`, SHA256],
  [`sha256-${'a1'.repeat(32)}.sig`, SHA256],
  [`sha256-${'a1'.repeat(32)}.att`, SHA256],
  [`sha256-${'a1'.repeat(32)}.sbom`, SHA256],
  [`sha256-${'a1'.repeat(32)}.other`, undefined],
  [`sha256-${'a1'.repeat(31)}`, undefined],
  [`sha512-${'a1'.repeat(32)}`, undefined],
  ['latest', undefined],
])('the tag %s names the referrers of %s', (tag, subject) => {
  expect(subjectOfTag(tag)).toBe(subject);
});

test('withReference puts each kind of reference behind its sign', () => {
  expect(withReference('quay.io/a', 'v1')).toBe('quay.io/a:v1');
  expect(withReference('quay.io/a', SHA512)).toBe(`quay.io/a@${SHA512}`);
});
