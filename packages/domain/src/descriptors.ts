import { asObject, parseObject } from './json-object.ts';
import { isDigest } from './reference.ts';

/** An entry of a manifest, for one blob or manifest. */
export interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly isManifest: boolean;
}

/**
 * Lists the config, layers and manifests that a manifest or an index names. Empty for other
 * content. Source: OCI image specification 1.1, "Content Descriptors".
 */
export function parseDescriptors(bytes: Uint8Array): Descriptor[] {
  const { config, layers, manifests } = parseObject(bytes);
  return [
    ...[config, ...asList(layers)].flatMap((value) => read(value, false)),
    ...asList(manifests).flatMap((value) => read(value, true)),
  ];
}

function read(value: unknown, isManifest: boolean): Descriptor[] {
  const { digest, size } = asObject(value);
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return [];
  return [{ digest, sizeBytes: size, isManifest }];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
