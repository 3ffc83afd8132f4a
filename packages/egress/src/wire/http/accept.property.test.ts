import { SERVED_TYPES } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Accepted, acceptAllStorable } from './accept.ts';
import { acceptClass } from './accept-class.ts';

fc.configureGlobal({ seed: 20_261 });

const range = fc.constantFrom(...SERVED_TYPES, '*/*', 'application/*', 'text/html', 'text/*');
const quality = fc.constantFrom('', ';q=0', ';q=0.5', '; Q=1.0', ';v=1;q=0.001', ';q=x');
/** Media ranges, each at most once: two of the same would contradict each other. */
const ranges = fc
  .uniqueArray(fc.tuple(range, quality), { selector: ([one]) => one, minLength: 1 })
  .map((pairs) => pairs.map((pair) => pair.join('')));
const anyHeader = fc.oneof(
  fc.string(),
  ranges.map((list) => list.join(', ')),
  fc.string({ unit: fc.constantFrom('*', '/', ',', ';', 'q=', '0', '.', ' ', ...SERVED_TYPES) }),
);

const takenBy = (header: string) => {
  const accepted = new Accepted(header);
  return [...SERVED_TYPES, 'text/html', 'a/b'].filter((type) => accepted.accepts(type));
};

test('the order of the media ranges does not matter', () => {
  const shuffled = ranges.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(takenBy(other.join(', '))).toEqual(takenBy(list.join(', ')));
      expect(acceptClass(other.join(', '))).toBe(acceptClass(list.join(', ')));
    }),
  );
});

test('blanks, empty elements and capitals do not matter', () => {
  fc.assert(
    fc.property(ranges, (list) => {
      const loose = ` ,${list.map((one) => ` ${one.toUpperCase()} `).join(',,')},`;
      expect(takenBy(loose)).toEqual(takenBy(list.join(',')));
      expect(acceptClass(loose)).toBe(acceptClass(list.join(',')));
    }),
  );
});

test('the range of one type decides before the range of its group, and that before all', () => {
  const isTaken = fc.boolean();
  fc.assert(
    fc.property(isTaken, isTaken, isTaken, (exact, group, all) => {
      const header = `text/html;q=${Number(exact)}, text/*;q=${Number(group)}, */*;q=${Number(all)}`;
      const accepted = new Accepted(header);
      expect(['text/html', 'text/css', 'a/b'].map((type) => accepted.accepts(type))).toEqual([
        exact,
        group,
        all,
      ]);
    }),
  );
});

test('with all that the store can hold added, nothing is lost that was taken before', () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      const taken = takenBy(acceptAllStorable(header));
      expect(taken).toEqual(expect.arrayContaining([...SERVED_TYPES, ...takenBy(header)]));
    }),
  );
});

test('adding it a second time changes nothing', () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      expect(acceptAllStorable(acceptAllStorable(header))).toBe(acceptAllStorable(header));
    }),
  );
});
