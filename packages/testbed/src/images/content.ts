import { createHash } from 'node:crypto';

/** Content with a digest that a registry can store: a blob or a manifest. */
export interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** The entry of a manifest about other content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** All content that one tag needs in a registry. */
export interface Bundle {
  /** The manifest or index of the tag. */
  readonly top: Content;
  /** In an order that a registry accepts: children before their index. */
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
