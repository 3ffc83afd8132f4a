import { statSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';
import type { BrokenPin, Pin } from '../record/pin.ts';
import {
  listPinnedRepositories,
  readRepositoryPins,
  type UnreadableFolder,
} from '../record/read-pins.ts';
import { createSlices } from '../record/slices.ts';
import { findRoots, listHeld } from './list-held.ts';
import { RepositoryContent } from './repository-content.ts';

/** A pin with what it holds. */
export interface InspectedPin<P = Pin | BrokenPin> {
  readonly pin: P;
  /** What it begins with: the digest that a following tag has here now. */
  readonly digest: string | undefined;
  /** The size in bytes of each blob that it holds and that is here. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Whether the image is here; of an index, one platform at least. */
  readonly isWhole: boolean;
}

/**
 * Inspects all pins of a store, one after another.
 * @param unreadable gets the folders of pins that cannot be read.
 * @throws Error with the system's code if content cannot be read.
 */
export async function* inspectPins(
  store: string,
  unreadable: UnreadableFolder[],
): AsyncGenerator<InspectedPin> {
  const rests = createSlices();
  for (const place of listPinnedRepositories(store, unreadable)) {
    const content = new RepositoryContent(store, place, rests);
    const { pins, broken } = await readRepositoryPins(store, place, unreadable, rests);
    for (const pin of [...pins, ...broken]) yield inspect(store, content, pin);
  }
}

/**
 * Inspects a pin without the referrers of its image. It need not be written.
 * @throws Error with the system's code.
 */
export function inspectPin(store: string, pin: Pin): Promise<InspectedPin<Pin>> {
  return inspect(store, new RepositoryContent(store, pin, createSlices()), pin, false);
}

async function inspect<P extends Pin | BrokenPin>(
  store: string,
  content: RepositoryContent,
  pin: P,
  withReferrers = true,
): Promise<InspectedPin<P>> {
  const sizes = new Map<string, number>();
  for (const digest of await listHeld(content, [pin], createSlices(), withReferrers)) {
    const stats = statSync(blobFile(store, digest), { throwIfNoEntry: false });
    if (stats !== undefined) sizes.set(digest, stats.size);
  }
  const [digest] = findRoots(content, pin);
  return { pin, digest, sizes, isWhole: digest !== undefined && isWhole(content, digest, sizes) };
}

/** Whether a manifest is here with its blobs; of an index, one of its manifests. */
function isWhole(
  content: RepositoryContent,
  digest: string,
  sizes: ReadonlyMap<string, number>,
): boolean {
  const links = content.manifest(digest);
  if (links === undefined) return false;
  if (links.manifests.length === 0) return links.required.every((blob) => sizes.has(blob));
  return links.manifests.some((child) => child !== digest && isWhole(content, child, sizes));
}
