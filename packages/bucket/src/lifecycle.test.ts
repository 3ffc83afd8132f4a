import { expect, test } from 'vitest';
import { buildExpiryRule, planLifecycle } from './lifecycle.ts';

const DAY_MS = 86_400_000;
const OURS = buildExpiryRule('prod/', 30 * DAY_MS);

test('objects below the prefix expire after whole days, rounded up', () => {
  expect(OURS).toMatchObject({ Filter: { Prefix: 'prod/' }, Expiration: { Days: 30 } });
  expect(buildExpiryRule('', DAY_MS / 2).Expiration.Days).toBe(1);
  expect(buildExpiryRule('', 1.5 * DAY_MS).Expiration.Days).toBe(2);
});

test('rules of others stay, and an old one of ours is replaced', () => {
  const other = { ...OURS, ID: 'logs' };
  const old = buildExpiryRule('prod/', 7 * DAY_MS);
  expect(planLifecycle([other, old], OURS)).toEqual([other, OURS]);
  expect(planLifecycle([], OURS)).toEqual([OURS]);
});

test('a rule that is there already is left alone, whatever the server adds to it', () => {
  const found = { ...OURS, Expiration: { ...OURS.Expiration, ExpiredObjectDeleteMarker: false } };
  expect(planLifecycle([found], OURS)).toBeUndefined();
});
