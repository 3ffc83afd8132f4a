import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInHosts } from './hosts-file.ts';

fc.configureGlobal({ seed: 20_261 });

const name = fc.constantFrom('a', 'b.test', 'reg.b.test', 'xb.test');
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const entry = fc.record({ address, names: fc.array(name, { minLength: 1, maxLength: 3 }) });
const blank = fc.stringMatching(/^[ \t]{1,3}$/);

test('a name has the addresses of all lines that name it, in their order', () => {
  fc.assert(
    fc.property(fc.array(entry), blank, name, (entries, gap, wanted) => {
      const text = entries.map((one) => [one.address, ...one.names].join(gap)).join('\n');
      expect(findInHosts(text, wanted)).toEqual(
        entries
          .filter((one) => one.names.includes(wanted))
          .map((one) => ({ address: one.address, family: isIP(one.address) })),
      );
    }),
  );
});

test('comments, empty lines and capitals do not matter', () => {
  fc.assert(
    fc.property(fc.array(entry), name, (entries, wanted) => {
      const lines = entries.map((one) => [one.address, ...one.names].join(' '));
      const loose = lines.map(
        (line) => `\n  ${line.toUpperCase()} # 192.0.2.1 ${wanted}\r\n#${line}`,
      );
      const withoutCase = (text: string) =>
        findInHosts(text, wanted).map((one) => one.address.toLowerCase());
      expect(withoutCase(loose.join('\n'))).toEqual(withoutCase(lines.join('\n')));
    }),
  );
});

test('no text gets anything through but an address', () => {
  const near = fc.string({
    unit: fc.constantFrom('a', '::1', '10.0.0.1', ' ', '\t', '\n', '#', '%'),
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      for (const found of findInHosts(text, 'a')) expect(isIP(found.address)).toBe(found.family);
    }),
  );
});
