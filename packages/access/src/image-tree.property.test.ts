import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob } from './glob.ts';
import { ImageTree } from './image-tree.ts';

const part = fc.constantFrom('a', 'b', '*', '**', 'a*', '*b', 'a**');
const pattern = fc.array(part, { minLength: 1, maxLength: 4 });
const image = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 5 });

it('finds what a walk over all patterns finds', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 12 }), image, (patterns, parts) => {
      const tree = new ImageTree<number>();
      for (const [index, given] of patterns.entries())
        tree.add({ parts: given, tag: undefined }, index);
      const name = parts.join('/');
      const found = new Set(tree.find(name).map(({ value }) => value));
      const walked = new Set(
        patterns.flatMap((given, index) =>
          compileGlob(given.join('/'), '/')(name) ? [index] : [],
        ),
      );
      expect(found).toEqual(walked);
    }),
    { seed: 12, numRuns: 3_000 },
  );
});
