import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listsEtag } from './if-none-match.ts';

fc.configureGlobal({ seed: 20_261 });

const etag = fc.stringMatching(/^"[a-f0-9:]{1,16}"$/);

test('a tag is found in any place, weak or not, and only where it is named', () => {
  const named = fc.tuple(etag, fc.boolean());
  fc.assert(
    fc.property(fc.array(named), etag, (list, wanted) => {
      const header = list.map(([tag, isWeak]) => (isWeak ? `W/${tag}` : tag)).join(', ');
      expect(listsEtag(header, wanted)).toBe(list.some(([tag]) => tag === wanted));
      expect(listsEtag(`${header}, ${wanted}`, wanted)).toBe(true);
      expect(listsEtag(`W/${wanted} ,${header}`, wanted)).toBe(true);
    }),
  );
});

test('a star names every tag, and no header names none', () => {
  fc.assert(
    fc.property(etag, (wanted) => {
      expect(listsEtag('*', wanted)).toBe(true);
      expect(listsEtag(undefined, wanted)).toBe(false);
    }),
  );
});
