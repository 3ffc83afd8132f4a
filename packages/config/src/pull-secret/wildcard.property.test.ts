import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAllowed } from '../on-demand/allowed.ts';
import { parseHost } from './host.ts';
import { findWildcard, isWildcardKey, parseWildcardKey, type Wildcard } from './wildcard.ts';

fc.configureGlobal({ seed: 20_261, numRuns: 1_000 });

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/);
const port = fc.constantFrom('', ':5000');
/** A label of a wildcard; few letters, so that many hosts fit. */
const starLabel = fc.stringMatching(/^(?:\*|a|b|a\*|\*b|a\*b)$/);
const fewLabel = fc.stringMatching(/^[ab]{1,3}$/);
const wildcardHost = fc
  .tuple(fc.array(starLabel, { minLength: 1, maxLength: 3 }), port)
  .map(([labels, number]) => labels.join('.') + number);
const host = fc
  .tuple(fc.array(fewLabel, { minLength: 1, maxLength: 3 }), port)
  .map(([labels, number]) => labels.join('.') + number);
const namespace = fc.constantFrom('', '', 'a', 'a/b', 'ab');

const helper = { kind: 'helper', program: 'p', serverUrl: 's' } as const;
const wildcard: fc.Arbitrary<Wildcard> = fc
  .record({ host: wildcardHost, namespace })
  .map((place) => ({ ...place, rawKey: `${place.host}/${place.namespace}`, credential: helper }));

/** The rule said once more, label by label and letter by letter. */
function fitsLabel(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    return Array.from(`${text} `).some((_, at) => fitsLabel(pattern.slice(1), text.slice(at)));
  }
  return pattern[0] === text[0] && fitsLabel(pattern.slice(1), text.slice(1));
}

function fitsHost(pattern: string, text: string): boolean {
  const [patterns, labels] = [pattern.split(/[.:]/), text.split(/[.:]/)];
  const isAlike = patterns.length === labels.length && pattern.includes(':') === text.includes(':');
  return isAlike && patterns.every((one, index) => fitsLabel(one, labels[index] ?? ''));
}

test('a wildcard fits label by label, with an equal port and a path that begins alike', () => {
  fc.assert(
    fc.property(wildcard, host, namespace, (one, asked, path) => {
      const isBelow = one.namespace === '' || `${path}/`.startsWith(`${one.namespace}/`);
      const found = findWildcard([one], { host: asked, namespace: path });
      expect(found !== undefined).toBe(fitsHost(one.host, asked) && isBelow);
    }),
  );
});

test('the longest wildcard that fits counts, in whatever order they stand', () => {
  const few = fc.uniqueArray(wildcard, { selector: (one) => one.rawKey, maxLength: 6 });
  fc.assert(
    fc.property(few, host, namespace, (list, asked, path) => {
      const name = { host: asked, namespace: path };
      const found = findWildcard(list, name);
      expect(findWildcard([...list].reverse(), name)).toBe(found);
      const length = (one: Wildcard) => one.host.length + one.namespace.length;
      const fitting = list.filter((one) => findWildcard([one], name) !== undefined);
      expect(found === undefined ? 0 : length(found)).toBe(Math.max(0, ...fitting.map(length)));
    }),
  );
});

test('a key is a wildcard that fits what its stars stand for', () => {
  const parts = fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(parts, port, (pairs, number) => {
      const key = `${pairs.map(([start]) => `${start}*`).join('.')}${number}`;
      const name = `${pairs.map((pair) => pair.join('')).join('.')}${number}`;
      expect(isWildcardKey(key)).toBe(true);
      const parsed = parseWildcardKey('', key);
      const place = parsed.ok ? [{ ...parsed.value, rawKey: key, credential: helper }] : [];
      expect(findWildcard(place, { host: name, namespace: '' })?.rawKey).toBe(key);
    }),
  );
});

test('no text makes a wildcard that cannot be looked for', () => {
  const near = fc.string({ unit: fc.constantFrom(...'a*.:/[]()+?\\^$|', 'https://', ':443') });
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), host, (key, asked) => {
      const parsed = parseWildcardKey('KEY', key);
      if (!parsed.ok) return;
      const one = { ...parsed.value, rawKey: key, credential: helper };
      expect(() => findWildcard([one], { host: asked, namespace: '' })).not.toThrow();
    }),
  );
});

test('a glob for registries on demand allows what its stars stand for, and no other port', () => {
  const registry = fc.tuple(label, fc.stringMatching(/^[a-z0-9.-]{0,6}$/), label, label);
  fc.assert(
    fc.property(registry, ([start, star, middle, end]) => {
      const allowed = new RegExp(formatAllowed([`${start}*${middle}.${end}`]));
      const name = `${start}${star}${middle}.${end}`;
      expect(allowed.test(name)).toBe(true);
      expect(allowed.test(`${name}:5000`)).toBe(false);
      expect(allowed.test(`0${name}`)).toBe(false);
    }),
  );
});

test('whatever globs allow is a name with a dot in it', () => {
  const glob = fc.stringMatching(/^[a-z0-9*.-]{1,8}(:5000)?$/);
  fc.assert(
    fc.property(fc.array(glob, { minLength: 1, maxLength: 3 }), host, (globs, asked) => {
      if (!new RegExp(formatAllowed(globs)).test(asked)) return;
      expect(asked).toContain('.');
      expect(parseHost(asked)).toBeDefined();
    }),
  );
});
