import { expect, test } from 'vitest';
import { sourceOf } from './source-of.ts';

test.each([
  [{ redirected: false }, 'upstream'],
  [{ redirected: true }, 'cdn'],
  [{ redirected: false, isOfPeer: true }, 'replica'],
  [{ redirected: false, isOfBucket: true }, 'bucket'],
] as const)('%j is of: %s', (reply, source) => {
  expect(sourceOf(reply)).toBe(source);
});
