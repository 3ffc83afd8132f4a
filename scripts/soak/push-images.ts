import {
  listTargets,
  makeImage,
  pushBundle,
  type RegistryProcess,
  type Target,
} from '@registry-cache/testbed';

/** One image as clients pull it: its manifest first, its blobs after it. */
export type SoakImage = readonly Target[];

const MIB = 1024 * 1024;
const COUNT = 48;
/** Small ones, one that is asked for in a single range, and one in several. */
const LAYER_SIZES_BYTES = [0.2 * MIB, 1.5 * MIB, 5 * MIB];

/** More than the store may hold, more than twice. Only the digests are remembered. */
export async function pushImages(registry: RegistryProcess): Promise<SoakImage[]> {
  const images: SoakImage[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    const image = makeImage({ seed: `soak ${index}`, layerSizesBytes: LAYER_SIZES_BYTES });
    await pushBundle(registry, `team/app-${index}`, 'v1', image);
    images.push(listTargets('soak.test', `team/app-${index}`, 'latest', image));
    await pushBundle(registry, `team/app-${index}`, 'latest', image);
  }
  return images;
}
