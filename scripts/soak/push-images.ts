import {
  listTargets,
  makeImage,
  pushBundle,
  type RegistryProcess,
  type Target,
} from '@registry-cache/testbed';

/** One image in a client's order: first its manifest, then its blobs. */
export type SoakImage = readonly Target[];

const MIB = 1024 * 1024;
const COUNT = 48;
/** A small layer, one that is fetched in a single range, and one in several. */
const LAYER_SIZES_BYTES = [0.2 * MIB, 1.5 * MIB, 5 * MIB];

/** Pushes more than twice the limit of the store. Only the digests stay in memory. */
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
