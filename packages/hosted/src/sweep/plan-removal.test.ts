import { expect, it } from 'vitest';
import type { ManifestParts } from './manifest-parts.ts';
import { planRemoval } from './plan-removal.ts';

const image = (...blobs: string[]): ManifestParts => ({ blobs, manifests: [], subject: undefined });
const index = (...manifests: string[]): ManifestParts => ({
  blobs: [],
  manifests,
  subject: undefined,
});

function plan(
  deleted: Record<string, ManifestParts>,
  revisions: Record<string, ManifestParts>,
  tagged: readonly string[] = [],
) {
  return planRemoval({
    deleted: new Map(Object.entries(deleted)),
    revisions: new Map(Object.entries(revisions)),
    tagged: new Set(tagged),
  });
}

it('frees the blobs that only the deleted image had', () => {
  const found = plan({ old: image('config', 'base', 'app') }, { other: image('base', 'tool') });
  expect(found).toEqual({ manifests: [], blobs: ['config', 'app'] });
});

it('frees the images of a deleted index, and what only they had', () => {
  const found = plan(
    { list: index('amd64', 'arm64') },
    { amd64: image('a', 'shared'), arm64: image('b'), other: image('shared') },
  );
  expect(new Set(found.manifests)).toEqual(new Set(['amd64', 'arm64']));
  expect(new Set(found.blobs)).toEqual(new Set(['a', 'b']));
});

it('keeps images of a deleted index that a tag or another index has', () => {
  const found = plan(
    { list: index('tagged', 'listed', 'alone') },
    {
      tagged: image('t'),
      listed: image('l'),
      alone: image('x'),
      second: index('listed'),
    },
    ['tagged'],
  );
  expect(found).toEqual({ manifests: ['alone'], blobs: ['x'] });
});

it('goes down through nested indexes', () => {
  const found = plan({ top: index('inner') }, { inner: index('leaf'), leaf: image('x') });
  expect(found).toEqual({ manifests: ['inner', 'leaf'], blobs: ['x'] });
});
