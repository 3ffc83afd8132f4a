import { expect, it } from 'vitest';
import { chooseUnits } from './choose-units.ts';
import { buildUnits } from './units.ts';

const manifest = (digest: string, blobs: string[], manifests: string[] = []) => ({
  digest,
  blobs,
  manifests,
});
const tag = (name: string, digest: string) => ({ tag: name, digest, writtenAtMs: 0 });

it('puts an index behind its manifests, and each layer into a unit once', () => {
  const units = buildUnits(
    'team/app',
    [
      manifest('index', [], ['a', 'b', 'lost']),
      manifest('a', ['1', '2']),
      manifest('b', ['2', '3']),
    ],
    ['1', '2', 'loose'],
    [tag('v1', 'index'), tag('v1-a', 'a'), tag('lost', 'lost')],
  );
  expect(units).toEqual([
    {
      repository: 'team/app',
      blobs: ['1', '2'],
      manifests: ['a', 'b', 'index'],
      tags: [tag('v1-a', 'a'), tag('v1', 'index')],
    },
    { repository: 'team/app', blobs: ['loose'], manifests: [], tags: [] },
  ]);
});

it('chooses the units that were used last, counts shared blobs once, and fills with smaller ones', () => {
  const unit = (name: string, blobs: string[]) => ({
    repository: name,
    blobs,
    manifests: [],
    tags: [],
    usedAtMs: 0,
  });
  const blob = (sizeBytes: number, isNew = true) => ({ sizeBytes, usedAtMs: 0, isNew });
  const units = [
    unit('a', ['x', 'here']),
    unit('b', ['x', 'y']),
    unit('c', ['big']),
    unit('d', ['z']),
  ];
  const blobs = new Map([
    ['x', blob(4)],
    ['y', blob(4)],
    ['z', blob(2)],
    ['big', blob(9)],
    ['here', blob(100, false)],
  ]);
  const chosen = chooseUnits({ repositories: 4, units, blobs, newBytes: 19, rotten: [] }, 10);
  expect(chosen.units.map((one) => one.repository)).toEqual(['a', 'b', 'd']);
  expect(chosen.left.map((one) => one.repository)).toEqual(['c']);
  expect(chosen.newBytes).toBe(10);
});
