import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasForeignCursor, LONGEST_QUERY, readQuery } from './cursor.ts';
import { nextLink } from './next-link.ts';

fc.configureGlobal({ seed: 20_261 });

const TAGS = '/v2/team/app/tags/list';
const queryUnit = fc.constantFrom(..."azAZ09-._~!$&'()*+,;=:@/?%");
const query = fc.string({ unit: queryUnit, minLength: 1 });
const hostile = fc.string({
  unit: fc.constantFrom(
    '<',
    '>',
    '"',
    ';',
    ',',
    ' ',
    '\r\n',
    '?',
    '#',
    '%',
    'rel=next',
    'n=1',
    TAGS,
  ),
  maxLength: 30,
});

test('a query that any query may hold stays as it is, byte for byte', () => {
  fc.assert(
    fc.property(query, (text) => {
      expect(readQuery(text)).toBe(text);
    }),
  );
});

test('no text becomes a query that holds anything else, and a query stays the same', () => {
  const printable = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(fc.oneof(fc.string(), printable, hostile), (text) => {
      const read = readQuery(text);
      if (read === undefined) return;
      expect(read).toMatch(/^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*$/);
      expect(readQuery(read)).toBe(read);
    }),
  );
});

test('a longer query than the longest is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: LONGEST_QUERY - 5, max: LONGEST_QUERY + 5 }), (length) => {
      expect(readQuery('x'.repeat(length)) === undefined).toBe(length > LONGEST_QUERY);
    }),
  );
});

test('the next page is found behind any other links, with its query as it is', () => {
  const otherLink = fc
    .tuple(query, fc.constantFrom('; rel="prev"', '; rel=last; title="a, b"', ''))
    .map(([text, params]) => `<${TAGS}?${text}>${params}`);
  const prefix = fc.constantFrom('', 'https://other.test', '//other.test', '/api/docker/x');
  fc.assert(
    fc.property(fc.array(otherLink, { maxLength: 3 }), prefix, query, (others, start, text) => {
      const header = [...others, `<${start}${TAGS}?${text}>; rel="next"`].join(', ');
      expect(nextLink(header, TAGS)).toBe(`<${TAGS}?${text}>; rel="next"`);
    }),
  );
});

test('a link leads to the list that was asked for, or it is left out', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), hostile), (header) => {
      const link = nextLink(header, TAGS);
      if (link === undefined) return;
      expect(link.startsWith(`<${TAGS}?`) && link.endsWith('>; rel="next"')).toBe(true);
      expect(link).not.toMatch(/[\r\n]/);
      expect(link.match(/[<>]/g)).toHaveLength(2);
    }),
  );
});

test('a page by the parameters of the specification is one that can be known here', () => {
  const known = fc.constantFrom('n', 'last', 'artifactType');
  const pairs = fc.array(fc.tuple(known, fc.string()), { maxLength: 4 });
  fc.assert(
    fc.property(pairs, fc.stringMatching(/^[a-z_]{1,10}$/), (parameters, other) => {
      const target = `${TAGS}?${new URLSearchParams(parameters)}`;
      expect(hasForeignCursor(target)).toBe(false);
      fc.pre(!['n', 'last'].includes(other));
      expect(hasForeignCursor(`${target}&${other}=1`)).toBe(true);
    }),
  );
});
