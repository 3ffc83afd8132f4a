import { createHash } from 'node:crypto';

/** Something with a digest that a registry can hold: a blob or a manifest. */
export interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** What one manifest says about another piece of content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Everything that must be pushed to make one tag pullable. */
export interface Bundle {
  /** What the tag names. */
  readonly top: Content;
  /** In an order that a registry accepts: children before the index that names them. */
  readonly manifests: readonly Content[];
  readonly blobs: readonly Content[];
}

export function makeContent(mediaType: string, bytes: Buffer): Content {
  return { mediaType, digest: digestOf(bytes), bytes };
}

export function makeJsonContent(mediaType: string, value: unknown): Content {
  return makeContent(mediaType, Buffer.from(JSON.stringify(value)));
}

export function describeContent({ mediaType, digest, bytes }: Content): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
