import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent, traceIdOf } from './trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it('is read with its flag', () => {
    const ids = { traceId: TRACE, spanId: SPAN };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...ids, isSampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)).toEqual({ ...ids, isSampled: false });
    expect(formatTraceparent(ids)).toBe(`00-${TRACE}-${SPAN}-01`);
  });

  it.each([
    undefined,
    '',
    `01-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-0g`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('is left alone where it is none: %j', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('is left alone where there are two', () => {
    const one = `00-${TRACE}-${SPAN}-01`;
    expect(parseTraceparent([one, one])).toBeUndefined();
  });
});

describe('the id of a trace', () => {
  it("is the digits of the edge's own id", () => {
    expect(traceIdOf('0af76519-16cd-43dd-8448-eb211c80319c')).toBe(TRACE);
    expect(traceIdOf('0AF76519-16CD-43DD-8448-EB211C80319C')).toBe(TRACE);
  });

  it.each(['build-4711', '00000000-0000-0000-0000-000000000000', TRACE])(
    'is a hash of another id: %s',
    (id) => {
      expect(traceIdOf(id)).toMatch(/^[0-9a-f]{32}$/);
      expect(traceIdOf(id)).toBe(traceIdOf(id));
      expect(traceIdOf(id)).not.toBe(id);
    },
  );
});
