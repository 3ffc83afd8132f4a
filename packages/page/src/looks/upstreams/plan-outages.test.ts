import { expect, it } from 'vitest';
import { planOutages } from './plan-outages.ts';

const NOW_MS = Date.parse('2026-11-30T12:00:00Z');
const outage = (since: string, ended?: string) => ({
  ...{ upstream: 'quay.io', since, reason: 'connection refused' },
  ...(ended !== undefined && { ended }),
});

it('places outages on the last day', () => {
  const outages = [outage('2026-11-30T00:00:00Z', '2026-11-30T06:00:00Z')];
  expect(planOutages(outages, 'quay.io', NOW_MS)).toEqual({
    ...{ spans: [{ from: 0.5, to: 0.75 }], downMs: 6 * 3_600_000 },
  });
});

it('cuts off what was before, and lets one without an end last until now', () => {
  const outages = [
    outage('2026-11-30T06:00:00Z'),
    outage('2026-11-28T00:00:00Z', '2026-11-29T18:00:00Z'),
  ];
  expect(planOutages(outages, 'quay.io', NOW_MS).spans).toEqual([
    { from: 0.75, to: 1 },
    { from: 0, to: 0.25 },
  ]);
});

it('leaves out other upstreams, and other days', () => {
  const outages = [outage('2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z')];
  expect(planOutages(outages, 'quay.io', NOW_MS)).toEqual({ spans: [], downMs: 0 });
  expect(planOutages([outage('2026-11-30T11:00:00Z')], 'ghcr.io', NOW_MS).spans).toEqual([]);
});
