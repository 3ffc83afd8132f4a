import { expect, it } from 'vitest';
import { createListRights } from './list-rights.ts';

const ANN = { user: 'ann', groups: [], address: '10.0.0.1' };
const SIGNATURE = `sha256-${'a'.repeat(64)}.sig`;

it('shows everybody everything where there are no rules', () => {
  expect(createListRights(undefined)).toBeUndefined();
});

it('shows the images of which a tag may be pulled, and those tags', () => {
  const rights = createListRights({
    groups: {},
    default: [],
    rules: [
      { images: ['quay.io/app:v*'], allow: ['pull'] },
      { images: ['quay.io/open'], allow: ['pull'] },
    ],
    hasLogins: true,
    names: { aliases: {}, library: [] },
  });
  const shown = ['quay.io/app', 'quay.io/open', 'quay.io/other'].filter((image) =>
    rights?.mayPullSome(ANN, image),
  );
  expect(shown).toEqual(['quay.io/app', 'quay.io/open']);
  expect(shown.filter((image) => rights?.mayPullAll(ANN, image))).toEqual(['quay.io/open']);
  const tagsOf = (image: string) =>
    ['v1', 'latest', SIGNATURE].filter((tag) => rights?.mayPullTag(ANN, image, tag));
  expect(tagsOf('quay.io/app')).toEqual(['v1']);
  expect(tagsOf('quay.io/open')).toEqual(['v1', 'latest', SIGNATURE]);
});
