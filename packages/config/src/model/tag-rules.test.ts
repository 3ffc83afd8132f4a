import { expect, test } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { buildTagRules } from './tag-rules.ts';

/** Tags that are signatures of a digest, or lists of what refers to it: no versions. */
const companions = (timeMs: number) => ({ regex: 'sha(256|512)-[a-f0-9]{32}', timeMs });

function rules(environment: NodeJS.ProcessEnv, policy = {}) {
  const settings = parseSettings(environment);
  if (!settings.ok) throw new Error('the test gave bad settings');
  return buildTagRules(settings.value, policy);
}

test('by default there are two tiers, and an hour for the rest and for what refers to a digest', () => {
  expect(rules({})).toMatchObject({
    tiers: [
      companions(3_600_000),
      { regex: '(stable|nightly|production|test)', timeMs: 600_000 },
      { timeMs: 60 * 86_400_000 },
    ],
    defaultMs: 3_600_000,
    whileChecking: 'wait',
    deleted: 'drop',
    refused: 'fail',
  });
});

test('never goes first, an empty regex is no tier', () => {
  const environment = { MANIFEST_CACHE_NEVER_REGEX: 'edge', MANIFEST_CACHE_SECONDARY_REGEX: '' };
  expect(rules(environment).tiers).toEqual([
    { regex: 'edge', timeMs: 0 },
    companions(3_600_000),
    { regex: '(stable|nightly|production|test)', timeMs: 600_000 },
  ]);
});

test('turned off, every tag is asked for', () => {
  expect(rules({ ENABLE_MANIFEST_CACHE: 'false' })).toMatchObject({ tiers: [], defaultMs: 0 });
  expect(rules({}, { enabled: false })).toMatchObject({ tiers: [], defaultMs: 0 });
  expect(rules({ ENABLE_MANIFEST_CACHE: 'false' }, { enabled: true }).defaultMs).toBe(3_600_000);
});

test('the policy of an upstream goes before the settings, key by key', () => {
  const policy = {
    primary: { time: '1m' },
    secondary: { regex: 'v' },
    default: '5s',
    whileChecking: 'stale',
  };
  expect(rules({ MANIFEST_CACHE_SECONDARY_TIME: '2d' }, policy)).toMatchObject({
    tiers: [
      companions(5_000),
      { regex: '(stable|nightly|production|test)', timeMs: 60_000 },
      { regex: 'v', timeMs: 2 * 86_400_000 },
    ],
    defaultMs: 5_000,
    whileChecking: 'stale',
  });
});
