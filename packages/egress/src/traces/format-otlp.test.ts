import { expect, it } from 'vitest';
import { formatOtlp } from './format-otlp.ts';
import type { EndedSpan } from './tracer.ts';

const SPAN: EndedSpan = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  parentId: '3'.repeat(16),
  name: 'GET',
  kind: 'client',
  startMs: 1_764_500_000_000.123,
  endMs: 1_764_500_000_001.5,
  attributes: { text: 'a', count: 3, part: 0.5, yes: true, none: undefined },
  links: [{ traceId: '4'.repeat(32), spanId: '5'.repeat(16) }],
  failure: 'connect',
};

it('formats a span as the JSON encoding of OTLP has it', () => {
  const body = JSON.parse(formatOtlp({ serviceName: 'cache', version: '1.2.3' }, [SPAN]));
  const [resource] = body.resourceSpans;
  expect(resource.resource.attributes).toEqual([
    { key: 'service.name', value: { stringValue: 'cache' } },
    { key: 'service.version', value: { stringValue: '1.2.3' } },
  ]);
  expect(resource.scopeSpans[0].spans).toEqual([
    {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      parentSpanId: '3'.repeat(16),
      name: 'GET',
      kind: 3,
      startTimeUnixNano: '1764500000000123000',
      endTimeUnixNano: '1764500000001500000',
      attributes: [
        { key: 'text', value: { stringValue: 'a' } },
        { key: 'count', value: { intValue: '3' } },
        { key: 'part', value: { doubleValue: 0.5 } },
        { key: 'yes', value: { boolValue: true } },
        { key: 'error.type', value: { stringValue: 'connect' } },
      ],
      links: [{ traceId: '4'.repeat(32), spanId: '5'.repeat(16) }],
      status: { code: 2 },
    },
  ]);
});

it('cuts long texts, and sends no broken characters', () => {
  const hostile = { ...SPAN, attributes: { text: `${'x'.repeat(511)}\u{1F600}`, other: '\ud800' } };
  const body = JSON.parse(formatOtlp({ serviceName: 'cache', version: '1' }, [hostile]));
  const { attributes } = body.resourceSpans[0].scopeSpans[0].spans[0];
  expect(attributes[0].value.stringValue).toBe(`${'x'.repeat(511)}\ufffd`);
  expect(attributes[1].value.stringValue).toBe('\ufffd');
});
