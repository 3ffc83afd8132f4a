import type { AdmissionRule } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { planAge } from './plan-age.ts';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 3_600_000;
const rule = (number: number, minimumAgeMs?: number): AdmissionRule => ({
  number,
  images: ['**'],
  ...(minimumAgeMs !== undefined && { minimumAgeMs }),
});
const plan = (rules: readonly AdmissionRule[], firstMs: number | undefined) =>
  planAge(rules, { firstMs, nowMs: NOW, hasTag: false });

test('rules without an age ask for none', () => {
  expect(plan([rule(1)], undefined)).toBeUndefined();
  expect(plan([], undefined)).toBeUndefined();
});

test('the strictest rule counts', () => {
  const rules = [rule(1, HOUR), rule(2, 3 * HOUR), rule(3, 2 * HOUR)];
  expect(plan(rules, NOW - 2 * HOUR)?.reason).toMatch(/T01:00:00Z on \(admission rule 2\)$/);
  expect(plan(rules, NOW - 3 * HOUR)?.reason).toBeUndefined();
});

test('the time in the reason is never too early', () => {
  expect(plan([rule(1, 1500)], undefined)?.reason).toMatch(/admitted from 2030-01-01T00:00:02Z/);
});

test('a first sight in the future comes from a wrong clock, and counts as now', () => {
  const found = plan([rule(1, HOUR)], NOW + 400 * 24 * HOUR);
  expect(found).toMatchObject({ sinceMs: NOW, isNew: true });
});
