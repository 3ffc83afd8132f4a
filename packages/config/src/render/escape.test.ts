import { describe, expect, it } from 'vitest';
import { quoteHaproxy, quoteNginx, quoteSupervisor, quoteYaml } from './escape.ts';

describe('escapers', () => {
  it('escape what their language would read', () => {
    expect(quoteHaproxy('a "b" $c \\')).toBe('"a \\"b\\" \\$c \\\\"');
    expect(quoteNginx('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(quoteYaml('a: "b"')).toBe('"a: \\"b\\""');
    expect(quoteSupervisor('50%')).toBe('"50%%"');
  });

  it.each([quoteHaproxy, quoteNginx, quoteYaml, quoteSupervisor])(
    'throw on what none can hold',
    (quote) => {
      expect(() => quote(undefined)).toThrow('undefined');
      expect(() => quote('a\nb')).toThrow('control character');
      expect(() => quote('a\0b')).toThrow('control character');
    },
  );

  it('refuse what their own language cannot hold', () => {
    expect(() => quoteNginx('$x')).toThrow('$');
    expect(() => quoteSupervisor('"')).toThrow('supervisord');
  });
});
