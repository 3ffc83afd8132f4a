import { createHash } from 'node:crypto';
import type { BundlePlan } from '../collect/collect-bundle.ts';
import type { BundleFile } from '../layout/bundle-manifest.ts';
import {
  blobName,
  DOCKER_FILE,
  formatIndex,
  INDEX_FILE,
  LAYOUT_FILE,
  LAYOUT_TEXT,
} from '../layout/layout-files.ts';
import { formatDockerManifest } from './docker-manifest.ts';

/** The files of a bundle. */
export interface PlannedFiles {
  /** In the order of the tar: small files first, then manifests, then the other blobs. */
  readonly files: readonly BundleFile[];
  readonly texts: ReadonlyMap<string, string>;
  /** Of a delta: blobs that the far side has. */
  readonly left: readonly string[];
}

export interface FileOptions {
  /** Whether the far side has a blob. Manifests come along always: they are small. */
  readonly hasBlob?: (digest: string) => boolean;
  /** Whether `docker load` has to read it. */
  readonly isForDocker?: boolean;
}

export function planFiles(
  { images, collected, manifests, blobs }: BundlePlan,
  { hasBlob = () => false, isForDocker = false }: FileOptions = {},
): PlannedFiles {
  const texts = new Map([
    [LAYOUT_FILE, LAYOUT_TEXT],
    [INDEX_FILE, formatIndex(images)],
  ]);
  if (isForDocker) texts.set(DOCKER_FILE, formatDockerManifest(images, collected));
  const left = [...blobs.keys()].filter((digest) => !manifests.has(digest) && hasBlob(digest));
  const isLeft = new Set(left);
  // A manifest may be a layer of another one.
  const listed = new Map([...manifests, ...blobs]);
  const files = [...texts].map(([name, text]) => describe(name, text));
  for (const [digest, { sizeBytes }] of listed) {
    if (!isLeft.has(digest)) files.push({ name: blobName(digest), size: sizeBytes, digest });
  }
  return { files, texts, left };
}

function describe(name: string, text: string): BundleFile {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { name, size: Buffer.byteLength(text), digest };
}
