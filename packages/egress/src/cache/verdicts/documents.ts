import { asObject, isDigest, parseObject, splitDigest } from '@registry-cache/domain';
import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
import { isAccessory, isFileSystem } from '@registry-cache/trust';
import { digestOf } from '../../wire/http/digest.ts';
import type { Entering } from '../entrance/entrance-check.ts';

/** A manifest that claims to be a document about an image. */
export type Claimed = Pick<Entering, 'repository' | 'tag' | 'digest' | 'bytes'>;

/** Reads a small blob of a repository; undefined where it is missing or larger. */
export type ReadBlob = (
  repository: string,
  digest: string,
  maxBytes: number,
) => Promise<Uint8Array | undefined>;

export type DocumentVerdict = 'document' | 'image' | { readonly unknown: string };

/** The content of all layers together. Lists of packages of large images have some megabytes. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_LAYERS = 100;
const MAX_KNOWN = 10_000;

/**
 * Tells documents about images from images that claim to be one. A tag and media types can be
 * written by anybody, and some clients run an image whatever the types of its layers are. So the
 * bytes of the layers are looked at, once for each digest.
 */
export class Documents {
  readonly #known = createBoundedMap<string, 'document' | 'image'>(MAX_KNOWN);
  readonly #reads = new SingleFlight<boolean>();

  /** Never rejects. @param read rejects where the registry cannot be asked. */
  async judge(read: ReadBlob, claimed: Claimed): Promise<DocumentVerdict> {
    const { tag, digest, bytes } = claimed;
    if (!isAccessory(tag, bytes)) return 'image';
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    try {
      const found = (await this.#reads.join(digest, () => hasFiles(read, claimed)))
        ? 'image'
        : 'document';
      this.#known.set(digest, found);
      return found;
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      return { unknown: `the document cannot be read: ${cause}` };
    }
  }
}

async function hasFiles(read: ReadBlob, { repository, bytes }: Claimed): Promise<boolean> {
  const { layers } = parseObject(bytes);
  const list = (Array.isArray(layers) ? layers : []).map(asObject);
  if (list.length > MAX_LAYERS) return true;
  let left = MAX_BYTES;
  for (const { digest } of list) {
    if (typeof digest !== 'string' || !isDigest(digest)) return true;
    const content = await read(repository, digest, left);
    // A registry might send other bytes now than it sends to clients.
    const isWhole = content && digestOf(content, splitDigest(digest).algorithm) === digest;
    if (!isWhole || isFileSystem(content)) return true;
    left -= content.length;
  }
  return false;
}
