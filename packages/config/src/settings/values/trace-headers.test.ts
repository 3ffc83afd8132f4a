import { describe, expect, it } from 'vitest';
import { parseTraceHeaders } from './trace-headers.ts';

const NAME = 'OTEL_EXPORTER_OTLP_HEADERS';
const parse = (text: string) => parseTraceHeaders(NAME, text);

describe(NAME, () => {
  it('reads names and values, and decodes them', () => {
    const parsed = parse('Authorization=Basic%20dTpw, x-scope-orgid=team=1,');
    if (!parsed.ok) throw new Error('refused');
    expect(parsed.value.map(({ name, value }) => [name, value.reveal()])).toEqual([
      ['authorization', 'Basic dTpw'],
      ['x-scope-orgid', 'team=1'],
    ]);
    expect(JSON.stringify(parsed.value)).not.toContain('dTpw');
  });

  it('takes an empty text for none', () => {
    expect(parse('')).toEqual({ ok: true, value: [] });
  });

  it.each([
    'secret',
    'secret name=a',
    '=secret',
    'a=',
    'a=%zzsecret',
    'a=secret%0d%0ab:c',
    'a=%c3%a9secret',
  ])('refuses %j, and does not tell it', (text) => {
    const parsed = parse(text);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });

  it('refuses headers of the message itself, and too many', () => {
    expect(parse('Host=a').ok).toBe(false);
    expect(parse('content-type=text/plain').ok).toBe(false);
    expect(parse(Array.from({ length: 21 }, (_, n) => `h${n}=v`).join(',')).ok).toBe(false);
  });
});
