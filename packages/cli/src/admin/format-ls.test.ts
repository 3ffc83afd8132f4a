import { expect, it } from 'vitest';
import { formatLs } from './format-ls.ts';

it('says how many images follow, and how many are too many to be listed', () => {
  const image = { image: 'quay.io/team/app:v1', digest: 'sha256:a', platforms: ['linux/amd64'] };
  const images = [{ ...image, ownBytes: 1024, sharedBytes: 0, pinned: true }];
  const answer = { walked: '2026-11-30T10:00:00.000Z', total: 3, images, unlisted: 0 };
  expect(formatLs(answer).at(-1)).toMatch(/^1 image, 2 more, as of /);
  expect(formatLs({ ...answer, unlisted: 7 }).at(-1)).toMatch(
    /^1 image, 2 more, 7 too many to be listed, as of /,
  );
});
