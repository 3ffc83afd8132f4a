import { expect, test } from 'vitest';
import { blobKey, layerKey, referrersKey, revisionKey, tagKey } from './keys.ts';

const PLACE = { upstreamId: 'quay.io', repository: 'team/app' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

test('each object has a key of its own below its repository', () => {
  const hex = 'a'.repeat(64);
  expect([
    blobKey(DIGEST),
    layerKey(PLACE, DIGEST),
    revisionKey(PLACE, DIGEST),
    referrersKey(PLACE, DIGEST),
    tagKey(PLACE, 'v1'),
  ]).toEqual([
    `blobs/sha256/${hex}`,
    `registries/quay.io/team/app/_layers/sha256/${hex}`,
    `registries/quay.io/team/app/_manifests/sha256/${hex}`,
    `registries/quay.io/team/app/_referrers/sha256/${hex}`,
    'registries/quay.io/team/app/_tags/v1',
  ]);
});

test('no repository has the key of another one', () => {
  const keys = ['team', 'team/app', 'team/app/v1'].map((repository) =>
    tagKey({ ...PLACE, repository }, 'v1'),
  );
  expect(new Set(keys).size).toBe(3);
});
