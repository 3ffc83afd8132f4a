import { expect, it } from 'vitest';
import { UploadedParts } from './uploaded-parts.ts';

const HOUR_MS = 3_600_000;
const PART = {
  pusher: 'user ann',
  repository: 'apps/app',
  digest: `sha256:${'a'.repeat(64)}`,
} as const;

it('knows what a client has sent into a repository, and nothing else', () => {
  const uploaded = new UploadedParts(() => 0);
  uploaded.note(PART);
  expect(uploaded.has(PART)).toBe(true);
  expect(uploaded.has({ ...PART, pusher: 'user bob' })).toBe(false);
  expect(uploaded.has({ ...PART, repository: 'apps/other' })).toBe(false);
  expect(uploaded.has({ ...PART, digest: `sha256:${'b'.repeat(64)}` })).toBe(false);
});

it('forgets it after a day', () => {
  let nowMs = 0;
  const uploaded = new UploadedParts(() => nowMs);
  uploaded.note(PART);
  nowMs = 24 * HOUR_MS;
  expect(uploaded.has(PART)).toBe(true);
  nowMs += 1;
  expect(uploaded.has(PART)).toBe(false);
});
