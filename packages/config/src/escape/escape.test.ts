import { describe, expect, it } from 'vitest';
import {
  quoteHaproxy,
  quoteNginx,
  quoteRsyslog,
  quoteShell,
  quoteSupervisor,
  quoteToml,
  quoteYaml,
} from './escape.ts';

describe('escapers', () => {
  it('escape the special characters of their language', () => {
    expect(quoteHaproxy('a "b" $c \\')).toBe('"a \\"b\\" \\$c \\\\"');
    expect(quoteNginx('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(quoteRsyslog('a "b" $c \\ `d`')).toBe('"a \\"b\\" \\$c \\\\ `d`"');
    expect(quoteYaml('a: "b"')).toBe('"a: \\"b\\""');
    expect(quoteToml('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(quoteShell("it's $(x)")).toBe("'it'\\''s $(x)'");
    expect(quoteSupervisor('50%')).toBe('"50%%"');
  });

  it.each([
    quoteHaproxy,
    quoteNginx,
    quoteRsyslog,
    quoteYaml,
    quoteToml,
    quoteShell,
    quoteSupervisor,
  ])('throw on text that no language can hold', (quote) => {
    expect(() => quote(undefined)).toThrow('undefined');
    expect(() => quote('a\nb')).toThrow('control character');
    expect(() => quote('a\0b')).toThrow('control character');
  });

  it('refuse text that their own language cannot hold', () => {
    expect(() => quoteNginx('$x')).toThrow('$');
    expect(() => quoteSupervisor('"')).toThrow('supervisord');
  });
});
