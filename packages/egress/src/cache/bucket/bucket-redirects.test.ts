import { expect, test } from 'vitest';
import { BucketRedirects } from './bucket-redirects.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test('a URL that cannot be signed is told once, and the end of that too', async () => {
  const told: string[] = [];
  let signs = false;
  const redirects = new BucketRedirects({
    reader: { size: async () => 9 * 1024 * 1024, isSecond: () => false },
    presign: async (key) => {
      if (!signs) throw new Error('no credentials');
      return `https://bucket.test/${key}`;
    },
    enqueue: async () => undefined,
    now: () => 1,
    waitMs: 1_000,
    onRedirect: () => told.push('redirect'),
    onTrouble: (error) => told.push(String(error)),
    onRecovery: () => told.push('recovery'),
  });
  const find = (source: string) =>
    redirects
      .of(source, 'quay.io')
      .find(
        { upstreamId: 'quay.io', repository: 'team/app' },
        DIGEST,
        new AbortController().signal,
      );
  expect([await find('10.0.0.1'), await find('10.0.0.2')]).toEqual([undefined, undefined]);
  signs = true;
  // Nobody was sent to the bucket before, so this is no second visit.
  const url = `https://bucket.test/blobs/sha256/${'a'.repeat(64)}`;
  expect([await find('10.0.0.1'), await find('10.0.0.2')]).toEqual([url, url]);
  expect(told).toEqual(['Error: no credentials', 'recovery', 'redirect', 'redirect']);
});
