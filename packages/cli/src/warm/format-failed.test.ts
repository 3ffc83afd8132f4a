import { unwrap } from '@registry-cache/domain';
import { type ListEntry, parseList } from '@registry-cache/lists';
import { expect, it } from 'vitest';
import { formatFailed } from './format-failed.ts';
import { mergeImages, USUAL, type WarmImage } from './plan/plan-targets.ts';
import type { FailedEntry } from './run-warm.ts';

const entriesOf = (text: string) => unwrap(parseList('list', text)).entries;

function failedImage(entry: ListEntry, reference: string, platforms = [USUAL]): FailedEntry {
  const image: WarmImage = {
    ...{ entry, upstreamId: 'a.test', repository: 'x', image: 'a.test/x' },
    ...{ reference, platforms },
  };
  return { entry, image, name: `a.test/x:${reference}`, error: new Error('away') };
}

it('is one image a line where lines can say it all', () => {
  const [entry] = entriesOf('a.test/x:1\n');
  if (entry === undefined) throw new Error('no entry');
  const text = formatFailed([failedImage(entry, '1'), failedImage(entry, '2')]);
  expect(text).toBe('a.test/x:1\na.test/x:2\n');
});

it('is YAML for platforms, for charts, and for repositories whose tags are not known', () => {
  const [tags, image, chart] = entriesOf(`
a.test: {images-by-semver: {x: ">= 1"}}
---
sync: [{source: "a.test/x:1", type: image, platform: linux/arm64}]
---
apiVersion: content.hauler.cattle.io/v1
kind: Charts
spec: {charts: [{name: x, repoURL: "oci://a.test", version: 1.0.0}]}
`);
  if (tags === undefined || image === undefined || chart === undefined) throw new Error('missing');
  const text = formatFailed([
    { entry: tags, image: undefined, name: 'a.test/x', error: new Error('away') },
    failedImage(image, '1', ['linux/arm64']),
    failedImage(chart, '1.0.0'),
  ]);
  const again = entriesOf(text).map(({ kind, platforms, ...one }) => {
    const names = 'choose' in one ? one.choose(['0.9', '1.1']) : one.reference;
    return [kind, names, platforms];
  });
  expect(again).toEqual([
    ['image', 'a.test/x:1', ['linux/arm64']],
    ['image', ['1.1'], []],
    ['chart', 'a.test/x:1.0.0', []],
  ]);
});

it('merges entries of one image, with the platforms of all', () => {
  const [entry] = entriesOf('a.test/x:1\n');
  if (entry === undefined) throw new Error('no entry');
  const images = [['linux/arm64'], [USUAL], ['linux/arm64']].flatMap(
    (platforms) => failedImage(entry, '1', platforms).image ?? [],
  );
  expect(mergeImages(images).map(({ platforms }) => platforms)).toEqual([['linux/arm64', USUAL]]);
});
