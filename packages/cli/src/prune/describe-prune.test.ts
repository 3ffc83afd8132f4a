import type { Preview } from '@registry-cache/cleaner';
import { expect, it } from 'vitest';
import { formatPrune } from '../admin/format-prune.ts';
import { describePreview } from './describe-prune.ts';

it('tells the first blobs of a store of 200,000, and how many there are', () => {
  const victim = {
    digest: `sha256:${'a'.repeat(64)}`,
    sizeBytes: 1,
    lastAccessMs: 0,
    namedBy: Array.from({ length: 50 }, (_, index) => `quay.io/${'team/'.repeat(45)}app${index}`),
  };
  const victims = Array.from({ length: 200_000 }, () => victim);
  const answer = describePreview({
    ...{ usedBytes: 300_000, blobs: 200_001, bytesToFree: 200_000, victims, problems: [] },
    pinned: { bytes: 0 },
  } as unknown as Preview);
  expect(answer).toMatchObject({ removedBlobs: 200_000, blobs: 1, usedAfterBytes: 100_000 });
  expect(answer.victims).toHaveLength(10_000);
  expect(JSON.stringify(answer).length).toBeLessThan(16 * 1024 * 1024);
  expect(formatPrune(answer).at(-2)).toBe('and 190000 more');
});
