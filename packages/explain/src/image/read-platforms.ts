import { MAX_MANIFEST_PARTS, parseObject } from '@registry-cache/domain';
import {
  formatPlatform,
  type NamedManifest,
  parseBlobs,
  parseConfigDigest,
  parseManifests,
} from './parse-parts.ts';
import type { StoredFiles } from './stored-files.ts';

/** A manifest of an image, and its blobs as far as it is here. */
export interface StoredPlatform {
  /** Such as `linux/arm64/v8`; empty where it is not known. */
  readonly platform: string;
  readonly digest: string;
  /** Whether the manifest is here and its repository may serve it. */
  readonly here: boolean;
  readonly layers: StoredLayer[];
}

/** The config or a layer of a manifest. */
export interface StoredLayer {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Whether its bytes are in the store, for whichever repository. */
  readonly here: boolean;
  /** Whether this repository may serve it. */
  readonly linked: boolean;
  /** Whether clients get it from elsewhere, so that it is never here. */
  readonly foreign?: boolean;
  /** ISO 8601. */
  readonly lastAccess?: string;
}

/** Indexes in indexes are rare, and a circle must end. */
const MAX_DEPTH = 3;
/** More than any real image has. The rest is left out. */
const MAX_PLATFORMS = 100;

/** Reads the platforms of an image: those of an index, or the one of a manifest. */
export async function readPlatforms(
  files: StoredFiles,
  digest: string,
): Promise<{ readonly platforms: StoredPlatform[]; readonly isWhole: boolean }> {
  const platforms: StoredPlatform[] = [];
  const seen = new Set<string>();
  let parts = 0;
  let isWhole = true;
  const walk = async ({ digest, platform }: NamedManifest, depth: number): Promise<void> => {
    if (seen.has(digest) || depth > MAX_DEPTH) return;
    if (platforms.length >= MAX_PLATFORMS || parts >= MAX_MANIFEST_PARTS) {
      isWhole = false;
      return;
    }
    seen.add(digest);
    const bytes = (await files.mayServeManifest(digest)) ? files.manifest(digest) : undefined;
    const children = bytes && parseManifests(bytes);
    if (children !== undefined) {
      for (const child of children) await walk(child, depth + 1);
      return;
    }
    const layers = bytes === undefined ? [] : await readLayers(files, bytes);
    parts += layers.length;
    const own = platform === '' && bytes !== undefined ? readPlatform(files, bytes) : platform;
    platforms.push({ platform: own, digest, here: bytes !== undefined, layers });
  };
  await walk({ digest, platform: '' }, 0);
  return { platforms, isWhole };
}

async function readLayers(files: StoredFiles, bytes: Uint8Array): Promise<StoredLayer[]> {
  const blobs = parseBlobs(bytes).slice(0, MAX_MANIFEST_PARTS);
  return Promise.all(
    blobs.map(async ({ digest, mediaType, sizeBytes, isForeign }) => {
      const [stored, linked] = await Promise.all([files.blob(digest), files.mayServeLayer(digest)]);
      return {
        ...{ digest, mediaType, bytes: stored?.sizeBytes ?? sizeBytes },
        ...{ here: stored !== undefined, linked },
        ...(isForeign && { foreign: true }),
        ...(stored && { lastAccess: new Date(stored.lastAccessMs).toISOString() }),
      };
    }),
  );
}

/** The platform that the config names. Source: OCI image specification, "Image Configuration". */
function readPlatform(files: StoredFiles, bytes: Uint8Array): string {
  const digest = parseConfigDigest(bytes);
  const config = digest === undefined ? undefined : files.manifest(digest);
  return config === undefined ? '' : formatPlatform(parseObject(config));
}
