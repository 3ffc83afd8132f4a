import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from './glob.ts';

describe('a glob', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['*', '', true],
    ['*', 'ab', true],
    ['*', 'a/b', false],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'a/c', false],
    ['a**c', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**', 'a/b/c', true],
    ['v1.*', 'v1x2', false],
    ['*-*-*', 'a-b-c-d', true],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(compileGlob(pattern, '/')(text)).toBe(matches);
  });

  it('matches separators too where there is none', () => {
    expect(compileGlob('repo:org/*:main', undefined)('repo:org/a/b:main')).toBe(true);
  });

  it('says the same as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, given) => {
        const source = pattern.replace(/\*\*|\*/g, (star) => (star === '*' ? '[^/]*' : '.*'));
        expect(compileGlob(pattern, '/')(given)).toBe(new RegExp(`^${source}$`, 's').test(given));
      }),
      { seed: 12, numRuns: 2_000 },
    );
  });

  it('takes no longer for a pattern that makes others go back again and again', () => {
    const glob = compileGlob(`${'*a'.repeat(100)}b`, '/');
    expect(glob('a'.repeat(250))).toBe(false);
  });
});
