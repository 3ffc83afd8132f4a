import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUpstreamName } from '../pull-secret/key.ts';
import { formatAllowed } from './allowed.ts';
import { MAX_ON_DEMAND, parseOnDemand } from './parse.ts';

fc.configureGlobal({ seed: 20_261 });

const host = fc.stringMatching(/^[a-c]{1,2}\.(?:test|gcr\.io)(?::(?:443|5000))?$/);
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('docker.io', '10.0.0.1', '../x.test', 'A.test'),
);
const GLOBS = ['*.test', 'a*.gcr.io', '*.test:5000'];

test('each upstream is one of the hosts, is allowed, and is there once', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(host, odd)), (list) => {
      const upstreams = parseOnDemand(JSON.stringify(list), formatAllowed(GLOBS));
      const allowed = new RegExp(formatAllowed(GLOBS));
      for (const { rawKey, credential } of upstreams) {
        expect(list).toContain(rawKey);
        expect(allowed.test(rawKey)).toBe(true);
        expect(credential).toBeUndefined();
      }
      const names = upstreams.map(({ name }) => formatUpstreamName(name));
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});

test('there are never more of them than can be served', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 * MAX_ON_DEMAND }), (count) => {
      const list = Array.from({ length: count }, (_, index) => `r${index}.test`);
      const upstreams = parseOnDemand(JSON.stringify(list), formatAllowed(['*.test']));
      expect(upstreams).toHaveLength(Math.min(count, MAX_ON_DEMAND));
    }),
  );
});

test('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => parseOnDemand(text, formatAllowed(['*']))).not.toThrow();
    }),
  );
});
