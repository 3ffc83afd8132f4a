import { unwrap } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHtpasswd } from './parse.ts';

fc.configureGlobal({ seed: 20_261 });

const hash = fc.stringMatching(/^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/);
const user = fc.stringMatching(/^[a-z@.é]{1,8}$/);
const line = fc.tuple(user, hash).map((parts) => parts.join(':'));
const filler = fc.constantFrom('', '  ', '# user:hash', '\t');

test('users stay as they are, and blank lines and comments go', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), filler, fc.boolean(), (lines, odd, isDos) => {
      const text = [odd, ...lines.flatMap((one) => [one, odd])].join(isDos ? '\r\n' : '\n');
      const clean = unwrap(parseHtpasswd('users', text));
      expect(clean).toBe(`${lines.join('\n')}\n`);
      expect(unwrap(parseHtpasswd('users', clean))).toBe(clean);
    }),
  );
});

test('each line that is not a user and a bcrypt hash is an issue, which shows no hash', () => {
  const broken = fc.tuple(user, hash, fc.nat({ max: 40 })).map(([name, text, length]) => {
    return `${name}:${text.slice(0, length)}`;
  });
  fc.assert(
    fc.property(fc.array(broken, { minLength: 1 }), (lines) => {
      const parsed = parseHtpasswd('users', lines.join('\n'));
      const issues = parsed.ok ? [] : parsed.issues;
      expect(issues).toHaveLength(lines.length);
      const shown = JSON.stringify(issues);
      const hashes = lines.map((one) => one.split('$').at(-1) ?? '');
      expect(hashes.filter((text) => text.length > 6 && shown.includes(text))).toEqual([]);
    }),
  );
});

test('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseHtpasswd('users', text);
      expect(parsed.ok || parsed.issues.length > 0).toBe(true);
    }),
  );
});
