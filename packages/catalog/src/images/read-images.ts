import { statSync } from 'node:fs';
import {
  asList,
  asObject,
  blobFile,
  isDigest,
  MAX_MANIFEST_BYTES,
  parseDescriptors,
  parseObject,
  repositoriesDir,
  repositoryDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { listRepositories, listTags } from '../list/list-store.ts';
import { readBytes } from '../read/read-bytes.ts';
import { Slices } from '../read/slices.ts';

/** A tag that is in the store, and its content as far as that is here. */
export interface StoredImage {
  readonly upstreamId: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** Such as `linux/arm64/v8`; empty for content that names none. */
  readonly platforms: readonly string[];
  /** When the upstream confirmed the tag last, in epoch milliseconds. */
  readonly checkedMs: number;
  /** Manifests, configs and layers that are here, each once. */
  readonly blobs: readonly StoredBlob[];
}

export interface StoredBlob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A link has one digest. */
const MAX_LINK_BYTES = 1024;
const MAX_CONFIG_BYTES = 1024 * 1024;
/** Indexes in indexes are rare, and a circle must end. */
const MAX_DEPTH = 3;

/** The tags of an upstream whose manifests are here. No reading counts as use. */
export async function* readImages(
  storeRoot: string,
  upstreamId: string,
): AsyncGenerator<StoredImage> {
  const slices = new Slices();
  const read = createContentReader(storeRoot);
  for await (const repository of listRepositories(repositoriesDir(storeRoot, upstreamId))) {
    const directory = repositoryDir(storeRoot, upstreamId, repository);
    for await (const tag of listTags(directory)) {
      if (slices.isOver()) await slices.rest();
      const link = tagCurrentLink(directory, tag);
      const digest = readBytes(link, MAX_LINK_BYTES)?.toString('latin1').trim() ?? '';
      const checkedMs = statSync(link, { throwIfNoEntry: false })?.mtimeMs;
      const content = isDigest(digest) ? read(digest) : undefined;
      if (content === undefined || checkedMs === undefined) continue;
      yield { upstreamId, repository, tag, digest, checkedMs, ...content };
    }
  }
}

type Content = Pick<StoredImage, 'platforms' | 'blobs'>;

/** Reads the content of a manifest; undefined where it is not here. */
function createContentReader(storeRoot: string): (digest: string) => Content | undefined {
  const sizeOf = (digest: string) =>
    statSync(blobFile(storeRoot, digest), { throwIfNoEntry: false })?.size;
  return (top) => {
    const blobs = new Map<string, number>();
    const platforms = new Set<string>();
    const add = (digest: string) => {
      const sizeBytes = blobs.get(digest) ?? sizeOf(digest);
      if (sizeBytes !== undefined) blobs.set(digest, sizeBytes);
      return sizeBytes !== undefined;
    };
    const walk = (digest: string, depth: number) => {
      if (depth > MAX_DEPTH || blobs.has(digest) || !add(digest)) return;
      const bytes = readBytes(blobFile(storeRoot, digest), MAX_MANIFEST_BYTES);
      if (bytes === undefined) return;
      const { manifests, config } = parseObject(bytes);
      for (const { digest: part, isManifest } of parseDescriptors(bytes)) {
        if (isManifest) walk(part, depth + 1);
        else add(part);
      }
      for (const entry of asList(manifests)) {
        // Platforms that are named, and not here, are not told.
        const { platform, digest: part } = asObject(entry);
        if (typeof part === 'string' && blobs.has(part)) addPlatform(platforms, platform);
      }
      const { digest: configDigest } = asObject(config);
      if (depth > 0 || typeof configDigest !== 'string' || !blobs.has(configDigest)) return;
      const configBytes = readBytes(blobFile(storeRoot, configDigest), MAX_CONFIG_BYTES);
      if (configBytes !== undefined) addPlatform(platforms, parseObject(configBytes));
    };
    walk(top, 0);
    if (!blobs.has(top)) return undefined;
    const list = [...blobs].map(([digest, sizeBytes]) => ({ digest, sizeBytes }));
    return { platforms: [...platforms].sort(), blobs: list };
  };
}

/** Images have some ten of them. A list of images has those of thousands. */
const MAX_PLATFORMS = 64;
const PLATFORM = /^[\w.-]+(?:\/[\w.-]+){1,2}$/;
const MAX_PLATFORM_CHARACTERS = 100;

/**
 * Platforms that are no words are left out: an upstream may write anything there.
 *
 * Sources: OCI image specification 1.1, "platform" and "Image Configuration".
 */
function addPlatform(platforms: Set<string>, value: unknown): void {
  const { os, architecture, variant } = asObject(value);
  const parts = [os, architecture, variant].filter((part) => typeof part === 'string');
  const name = parts.join('/');
  if (name.length > MAX_PLATFORM_CHARACTERS || !PLATFORM.test(name)) return;
  // Attestations have the platform `unknown/unknown`.
  if (os !== 'unknown' && platforms.size < MAX_PLATFORMS) platforms.add(name);
}
