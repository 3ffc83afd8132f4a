import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../glob.ts';
import { GlobLanguage, IMAGES, WORDS } from './glob-language.ts';

const token = fc.constantFrom('a', 'b', '/', '*', '**', '*', 'a');
const pattern = fc
  .array(token, { minLength: 1, maxLength: 6 })
  .map((tokens) => tokens.join('').replace(/\*{3,}/g, '**'));

/** All texts over these characters, up to a length that tells such short patterns apart. */
function listTexts(characters: readonly string[], length: number): string[] {
  if (length === 0) return [''];
  const shorter = listTexts(characters, length - 1);
  const longest = shorter.filter((text) => text.length === length - 1);
  return [...shorter, ...longest.flatMap((text) => characters.map((one) => text + one))];
}

const IMAGE_TEXTS = listTexts(['a', 'b', 'z', '/'], 6).filter((text) =>
  /^[^/]+(\/[^/]+)+$/.test(text),
);
const WORD_TEXTS = listTexts(['a', 'b', 'z', '/'], 5).filter((text) => text !== '');

describe.each([
  ['images', IMAGES, IMAGE_TEXTS],
  ['words', WORDS, WORD_TEXTS],
])('globs of %s', (_, grammar, texts) => {
  const compare = (one: string, other: string) => {
    const [isOne, isOther] = [one, other].map((glob) => compileGlob(glob, grammar.separator));
    const theirs = texts.filter((text) => isOther?.(text));
    return {
      language: new GlobLanguage(one, grammar),
      other: new GlobLanguage(other, grammar),
      all: theirs.every((text) => isOne?.(text)),
      some: theirs.some((text) => isOne?.(text)),
    };
  };

  it('cover one another only if no text says otherwise', () => {
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const { language, other: theirs, all } = compare(one, other);
        if (language.covers(theirs, { left: 1_000_000 })) expect(all).toBe(true);
      }),
      { seed: 12, numRuns: 600 },
    );
  });

  it('are apart only if no text is one of both', () => {
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const { language, other: theirs, some } = compare(one, other);
        if (!language.overlaps(theirs, { left: 1_000_000 })) expect(some).toBe(false);
      }),
      { seed: 12, numRuns: 600 },
    );
  });
});

describe('a glob', () => {
  const covers = (one: string, other: string, left = 1_000_000) =>
    new GlobLanguage(one, IMAGES).covers(new GlobLanguage(other, IMAGES), { left });

  it.each([
    ['**', 'quay.io/*'],
    ['quay.io/**', 'quay.io/team/**'],
    ['quay.io/**', 'quay.io/team/app'],
    ['*/**', '**'],
    ['*.io/**', 'quay.io/*/app'],
    ['quay.io/a**', 'quay.io/a*/b'],
  ])('%s covers %s', (one, other) => {
    expect(covers(one, other)).toBe(true);
  });

  it.each([
    ['quay.io/*', 'quay.io/**'],
    ['quay.io/team/**', 'quay.io/team'],
    ['quay.io/a*', 'quay.io/*'],
    ['quay.io/*/*', 'quay.io/**'],
  ])('%s does not cover %s', (one, other) => {
    expect(covers(one, other)).toBe(false);
  });

  it('that takes too long to compare covers nothing', () => {
    expect(covers('*.io/**', 'quay.io/*/app', 5)).toBe(false);
  });
});
