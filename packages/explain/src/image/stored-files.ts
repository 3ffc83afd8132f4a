import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobFile,
  isDigest,
  layerLinkDir,
  MAX_MANIFEST_BYTES,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { orMissing, orMissingSync, readQuietly } from '@registry-cache/runtime';

/** A blob of the store, whichever repository may serve it. */
export interface StoredFile {
  readonly sizeBytes: number;
  /** Its last use, in epoch milliseconds. */
  readonly lastAccessMs: number;
}

/** The files of one repository of the store. No reading counts as use. */
export interface StoredFiles {
  /** Undefined for a blob that is not here. */
  blob(digest: string): Promise<StoredFile | undefined>;
  /** The bytes of a manifest; undefined for a missing file, and for one that is too large. */
  manifest(digest: string): Buffer | undefined;
  /** The digest that a tag has here. */
  tag(tag: string): string | undefined;
  mayServeManifest(digest: string): Promise<boolean>;
  mayServeLayer(digest: string): Promise<boolean>;
  /** The repository's directory. */
  readonly directory: string;
}

/** A link has one digest. */
const MAX_LINK_BYTES = 1024;

export function openStoredFiles(
  root: string,
  { upstreamId, repository }: { readonly upstreamId: string; readonly repository: string },
): StoredFiles {
  const directory = repositoryDir(root, upstreamId, repository);
  const isThere = async (file: string) => (await orMissing(stat(file))) !== undefined;
  return {
    directory,
    async blob(digest) {
      const found = await orMissing(stat(blobFile(root, digest)));
      return found && { sizeBytes: found.size, lastAccessMs: found.atimeMs };
    },
    manifest: (digest) => {
      const bytes = orMissingSync(() => readQuietly(blobFile(root, digest), MAX_MANIFEST_BYTES));
      return bytes === undefined || bytes.length === 0 ? undefined : bytes;
    },
    tag: (tag) => {
      const read = () => readQuietly(tagCurrentLink(directory, tag), MAX_LINK_BYTES);
      const digest = orMissingSync(read)?.toString('latin1').trim() ?? '';
      return isDigest(digest) ? digest : undefined;
    },
    mayServeManifest: (digest) => isThere(join(revisionLinkDir(directory, digest), 'link')),
    mayServeLayer: (digest) => isThere(join(layerLinkDir(directory, digest), 'link')),
  };
}
