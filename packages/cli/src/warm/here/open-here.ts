import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobFile,
  isDigest,
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import type { Place } from '../door/open-registry.ts';

/** What the store has. It is read only, and no reading counts as use. */
export interface Here {
  tagDigest(place: Place, tag: string): Promise<string | undefined>;
  /** Undefined if the repository has no link to it. */
  readManifest(place: Place, digest: string): Promise<Buffer | undefined>;
  hasManifest(place: Place, digest: string): Promise<boolean>;
  /** Whether the repository may serve the blob, and has it whole. */
  hasBlob(place: Place, digest: string, sizeBytes: number): Promise<boolean>;
  /** Whether its bytes are here, for whatever repository. */
  hasBytes(digest: string, sizeBytes: number): Promise<boolean>;
}

export function openHere(root: string): Here {
  const directory = ({ upstreamId, repository }: Place) =>
    repositoryDir(root, upstreamId, repository);
  const exists = async (file: string) => (await orMissing(stat(file))) !== undefined;
  const hasBytes = async (digest: string, sizeBytes: number) =>
    (await orMissing(stat(blobFile(root, digest))))?.size === sizeBytes;
  const hasManifest = async (place: Place, digest: string) =>
    (await exists(join(revisionLinkDir(directory(place), digest), 'link'))) &&
    (await exists(blobFile(root, digest)));
  return {
    hasBytes,
    hasManifest,
    async tagDigest(place, tag) {
      const text = await orMissing(readFile(tagCurrentLink(directory(place), tag), 'utf8'));
      return text !== undefined && isDigest(text) ? text : undefined;
    },
    async readManifest(place, digest) {
      if (!(await hasManifest(place, digest))) return undefined;
      return orMissing(readFile(blobFile(root, digest)));
    },
    async hasBlob(place, digest, sizeBytes) {
      if (!(await exists(join(layerLinkDir(directory(place), digest), 'link')))) return false;
      return hasBytes(digest, sizeBytes);
    },
  };
}
