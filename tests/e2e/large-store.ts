import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { makeImage } from '@registry-cache/testbed';

/** So many tags has each repository: `team/app-0000:v0000`, `team/app-0000:v0001` … */
export const TAGS_OF_REPOSITORY = 500;

/**
 * Writes tags into an empty store, as pulls would leave them. All are of one image, since a page
 * shows names, and what a layer weighs is no matter to it.
 */
export function writeManyTags(storeDir: string, upstreamId: string, count: number): void {
  const { top, manifests, blobs } = makeImage({ seed: 'large store' });
  for (const { digest, bytes } of [...manifests, ...blobs]) {
    write(blobFile(storeDir, digest), bytes);
  }
  for (let first = 0; first < count; first += TAGS_OF_REPOSITORY) {
    const repository = `team/app-${pad(first / TAGS_OF_REPOSITORY)}`;
    const directory = repositoryDir(storeDir, upstreamId, repository);
    write(join(revisionLinkDir(directory, top.digest), 'link'), top.digest);
    for (const { digest } of blobs) write(join(layerLinkDir(directory, digest), 'link'), digest);
    for (let tag = 0; tag < Math.min(TAGS_OF_REPOSITORY, count - first); tag += 1) {
      write(tagCurrentLink(directory, `v${pad(tag)}`), top.digest);
    }
  }
}

function pad(number: number): string {
  return String(number).padStart(4, '0');
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
