import type { ImageName } from '../layout/image-name.ts';

/** What a bundle of any form has, as its reader tells it. Nothing of it is checked yet. */
export interface BundleContents {
  readonly place: string;
  readonly images: readonly ContentImage[];
  /** Undefined for a blob that the bundle does not have. */
  findBlob(digest: string): ContentBlob | undefined;
}

export interface ContentImage {
  /** Undefined for an image without a full name. */
  readonly name: ImageName | undefined;
  /** What the bundle calls it: `v1`, or the digest. */
  readonly label: string;
  readonly digest: string;
  /** Platforms of an index that the bundle says it does not have; undefined where it says nothing. */
  readonly missingPlatforms: readonly string[] | undefined;
}

export interface ContentBlob {
  readonly sizeBytes: number;
  /** The bytes in pieces. A piece is valid until the next one is asked for. */
  stream(): AsyncIterable<Buffer> | Iterable<Buffer>;
}
