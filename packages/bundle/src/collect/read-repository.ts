import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog, RepositoryReference } from '@registry-cache/catalog';
import {
  blobFile,
  isDigest,
  MAX_MANIFEST_BYTES,
  repositoryDir,
  revisionsDir,
  splitDigest,
  tagCurrentLink,
} from '@registry-cache/domain';
import { isMissing, orMissing, readQuietly } from '@registry-cache/runtime';
import { type ParsedManifest, parseManifest } from './parse-image.ts';

export interface StoredManifest extends ParsedManifest {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** The manifests and tags of a repository that are here. */
export interface StoredRepository {
  /** With the registry: `quay.io/coreos/etcd`. */
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly manifests: ReadonlyMap<string, StoredManifest>;
}

const MAX_LINK_BYTES = 256;

/** Reads each manifest of the repository once, and checks it. A damaged one counts as missing. */
export async function readRepository(
  root: string,
  catalog: Catalog,
  name: string,
  reference: RepositoryReference,
): Promise<StoredRepository> {
  const directory = repositoryDir(root, reference.upstreamId, reference.repository);
  const tags = new Map<string, string>();
  for await (const tag of catalog.tags(reference)) {
    const digest = readText(tagCurrentLink(directory, tag));
    if (isDigest(digest)) tags.set(tag, digest);
  }
  const manifests = new Map<string, StoredManifest>();
  for (const algorithm of ['sha256', 'sha512']) {
    const folder = join(revisionsDir(directory), algorithm);
    for (const hex of (await orMissing(readdir(folder))) ?? []) {
      const digest = `${algorithm}:${hex}`;
      const manifest = isDigest(digest) ? readManifest(root, digest) : undefined;
      if (manifest !== undefined) manifests.set(digest, manifest);
    }
  }
  return { name, tags, manifests };
}

function readManifest(root: string, digest: string): StoredManifest | undefined {
  const bytes = readBytes(blobFile(root, digest), MAX_MANIFEST_BYTES);
  const { algorithm, hex } = splitDigest(digest);
  if (createHash(algorithm).update(bytes).digest('hex') !== hex) return undefined;
  const parsed = parseManifest(bytes);
  return parsed && { ...parsed, digest, sizeBytes: bytes.length };
}

function readText(file: string): string {
  return readBytes(file, MAX_LINK_BYTES).toString('latin1').trim();
}

/** No bytes for a missing file. */
function readBytes(file: string, maxBytes: number): Buffer {
  try {
    return readQuietly(file, maxBytes);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ELOOP') {
      return Buffer.alloc(0);
    }
    throw error;
  }
}
