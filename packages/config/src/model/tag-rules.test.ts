import type { TagRules } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { buildTagRules } from './tag-rules.ts';

/** Tags for signatures of a digest, or for its list of referrers. They are not versions. */
const companions = (timeMs: number) => ({ regex: 'sha(256|512)-[a-f0-9]{32}', timeMs });

function rules(environment: NodeJS.ProcessEnv, policy = {}) {
  const settings = parseSettings(environment);
  if (!settings.ok) throw new Error('the test gave bad settings');
  return buildTagRules(settings.value, policy);
}

/** The tier of a tag, as egress reads it. */
function tierOf({ tiers, defaultMs }: TagRules, tag: string): { hours: number; grace: number } {
  const tier = tiers.find(({ regex }) => new RegExp(`^(?:${regex})`).test(tag));
  const hours = (ms: number) => ms / 3_600_000;
  return { hours: hours(tier?.timeMs ?? defaultMs), grace: hours(tier?.graceMs ?? 0) };
}

const LONG = 60 * 24;

test.each([
  // Such images are made anew with each fix. That is seen after an hour, and no pull waits.
  ...['22.04', '24.04', '3.12', '3.12-slim-bookworm', '16.4-alpine3.20', 'v1.27', '8.0-jammy'].map(
    (tag) => [tag, 1, 1] as const,
  ),
  ...['bookworm-20240101-slim', '20240101', '10.0.x', '3.20-with-2.1.3', '1.25.3-latest'].map(
    (tag) => [tag, 1, 1] as const,
  ),
  ...['2.0.0-SNAPSHOT', '1.2.3-dev', 'RELEASE.2024-01-01T00-00-00Z'].map(
    (tag) => [tag, 1, 1] as const,
  ),
  ...['latest', 'jdk-17', 'bookworm', 'alpine', 'v1', '3'].map((tag) => [tag, 1, 0] as const),
  ...['1.2.3', 'v1.2.3', '1.2.3-alpine', '1.27.3-bookworm-perl', 'v1.30.2-eksbuild.1'].map(
    (tag) => [tag, LONG, 0] as const,
  ),
  ...['10.0.19045.4291', '2024.01.02', '20.04.6'].map((tag) => [tag, LONG, 0] as const),
  ...['stable', 'nightly-2024.01.02', 'testing'].map((tag) => [tag, 1 / 6, 0] as const),
])('by default the digest of %s is valid for %s hours', (tag, hours, grace) => {
  expect(tierOf(rules({}), tag)).toEqual({ hours, grace });
});

test.each([
  `sha256-${'1a2b'.repeat(16)}.sig`,
  `sha256-${'1a2b'.repeat(16)}.att`,
  `sha256-${'1a2b'.repeat(16)}.1.2.3.sbom`,
  `sha256-${'1a2b'.repeat(16)}`,
  `sha512-${'1a2b'.repeat(32)}.sig`,
])('%s, a companion of an image, is valid for the default time', (tag) => {
  expect(tierOf(rules({}), tag)).toEqual({ hours: 1, grace: 0 });
  const greedy = { MANIFEST_CACHE_PRIMARY_REGEX: 'sha', MANIFEST_CACHE_SECONDARY_REGEX: '.*' };
  expect(tierOf(rules(greedy), tag)).toEqual({ hours: 1, grace: 0 });
});

test('the secondary time alone gives the secondary tier of container-registry-proxy', () => {
  const time = rules({ MANIFEST_CACHE_SECONDARY_TIME: '30d' });
  for (const tag of ['22.04', '3.12', '1.2.3', 'bookworm-20240101-slim']) {
    expect(tierOf(time, tag)).toEqual({ hours: 30 * 24, grace: 0 });
  }
  const regex = rules({ MANIFEST_CACHE_SECONDARY_REGEX: String.raw`\d+\.\d+` });
  expect(tierOf(regex, '22.04')).toEqual({ hours: LONG, grace: 0 });
  expect(tierOf(regex, 'v1.2.3')).toEqual({ hours: 1, grace: 0 });
});

test('the policy for the time of a check counts for all tags', () => {
  expect(tierOf(rules({}, { whileChecking: 'wait' }), '22.04')).toEqual({ hours: 1, grace: 0 });
});

test('by default there are three tiers, and an hour for other tags and for companions of a digest', () => {
  expect(rules({})).toMatchObject({
    tiers: [
      companions(3_600_000),
      { regex: '(stable|nightly|production|test)', timeMs: 600_000 },
      { timeMs: 60 * 86_400_000 },
      { timeMs: 3_600_000, graceMs: 3_600_000 },
    ],
    defaultMs: 3_600_000,
    whileChecking: 'wait',
    deleted: 'drop',
    refused: 'fail',
  });
});

test('the never regex goes first, and an empty regex makes no tier', () => {
  const environment = { MANIFEST_CACHE_NEVER_REGEX: 'edge', MANIFEST_CACHE_SECONDARY_REGEX: '' };
  expect(rules(environment).tiers).toEqual([
    { regex: 'edge', timeMs: 0 },
    companions(3_600_000),
    { regex: '(stable|nightly|production|test)', timeMs: 600_000 },
  ]);
});

test('without the manifest cache, every tag is checked at each pull', () => {
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
