import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTarget } from '@registry-cache/intake';
import { expect, it } from 'vitest';
import { DistributionStore, openOurStore } from '../testing/distribution-store.ts';
import { createFolder } from '../testing/run-program.ts';
import { openDistribution } from './distribution/source.ts';
import { readPlan } from './plan/read-plan.ts';
import { runImport } from './run-import.ts';

function open(isInStore: boolean) {
  const root = createFolder();
  mkdirSync(join(root, 'egress'));
  const theirs = new DistributionStore(isInStore ? join(root, 'old') : createFolder());
  /** Imports until the given number of reservations, and is interrupted then. */
  const run = async (mostReservations: number) => {
    const source = openDistribution({ dataDir: theirs.data, isInStore });
    const target = openTarget(root, 'quay.io');
    const stop = new AbortController();
    const { signal } = stop;
    const plan = await readPlan({ source, target, isWanted: () => true, signal });
    let reservations = 0;
    return runImport({
      source,
      target,
      plan,
      units: plan.units,
      reserve: async () => {
        reservations += 1;
        if (reservations > mostReservations) stop.abort();
        return true;
      },
      onProgress: () => undefined,
      signal,
    });
  };
  return { root, theirs, ours: openOurStore(root), run };
}

it.each([
  [false, 0],
  [false, 1],
  [false, 2],
  [true, 1],
  [true, 2],
])(
  'shows no image in part after an interruption, and goes on by a second run (moving: %s, blobs: %s)',
  async (isInStore, blobs) => {
    const { root, theirs, ours, run } = open(isInStore);
    const image = theirs.addImage('team/app', 'v1', 'a layer');
    const first = await run(blobs);
    expect(first).toMatchObject({ isInterrupted: true, manifests: 0, tags: 0, blobs });
    expect(ours.tag('team/app', 'v1')).toBeUndefined();
    expect(ours.hasManifest('team/app', image.digest)).toBe(false);
    expect(readdirSync(join(root, 'egress'))).toEqual([]);
    const second = await run(10);
    expect(second).toMatchObject({ isInterrupted: false, manifests: 1, tags: 1, blobs: 3 - blobs });
    expect(ours.tag('team/app', 'v1')).toBe(image.digest);
    expect(image.layers.every((layer) => ours.hasLayer('team/app', layer))).toBe(true);
  },
);

it('takes a blob once that several images have, and all images', async () => {
  const { theirs, ours, run } = open(false);
  const images = Array.from({ length: 30 }, (_, index) =>
    theirs.addImage(`team/app${index}`, 'v1', `layer ${index % 3}`),
  );
  const result = await run(100);
  expect(result).toMatchObject({ repositories: 30, tags: 30, blobs: 9, rotten: [] });
  for (const [index, { digest, layers }] of images.entries()) {
    expect(ours.tag(`team/app${index}`, 'v1')).toBe(digest);
    expect(layers.every((layer) => ours.hasLayer(`team/app${index}`, layer))).toBe(true);
  }
});

it('ends with the error of the file system, and leaves no file behind', async () => {
  const { root, theirs, run } = open(false);
  for (let index = 0; index < 8; index += 1) {
    theirs.addImage(`team/app${index}`, 'v1', `layer ${index}`);
  }
  // A file where the folder of blobs should be.
  writeFileSync(join(root, 'blobs'), '');
  await expect(run(100)).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect(readdirSync(join(root, 'egress'))).toEqual([]);
});
