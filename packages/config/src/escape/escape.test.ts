import { describe, expect, it } from 'vitest';
import {
  quoteHaproxy,
  quoteNginx,
  quoteShell,
  quoteSupervisor,
  quoteToml,
  quoteYaml,
} from './escape.ts';

describe('escapers', () => {
  it('escape what their language would read', () => {
    expect(quoteHaproxy('a "b" $c \\')).toBe('"a \\"b\\" \\$c \\\\"');
    expect(quoteNginx('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(quoteYaml('a: "b"')).toBe('"a: \\"b\\""');
    expect(quoteToml('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(quoteShell("it's $(x)")).toBe("'it'\\''s $(x)'");
    expect(quoteSupervisor('50%')).toBe('"50%%"');
  });

  it.each([quoteHaproxy, quoteNginx, quoteYaml, quoteToml, quoteShell, quoteSupervisor])(
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
