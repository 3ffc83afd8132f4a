import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '@registry-cache/catalog';
import { blobFile, layerLinkDir, layersDir, repositoryDir } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import { readLink } from './link-file.ts';
import type { RevisionStore } from './manifests.ts';
import { linkedDigests, listRevisions } from './revisions.ts';
import type { TagRecord, TagStore } from './tags.ts';

/** A link of the store. */
export type UsedLink = { readonly upstreamId: string; readonly repository: string } & (
  | { readonly kind: 'layer' | 'revision'; readonly digest: string }
  | { readonly kind: 'tag'; readonly tag: string; readonly record: TagRecord }
);

export interface UsedLinksDeps {
  readonly storeRoot: string;
  readonly upstreamIds: readonly string[];
  readonly tags: Pick<TagStore, 'read'>;
  readonly revisions: Pick<RevisionStore, 'hasEntered'>;
  /** Content counts as used if its access time is at or after it. Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/**
 * The links to content that was used lately: layers and manifests before the tags that name them.
 * What a push or an import brought stays with this replica: its links have the time 0.
 */
export async function* listUsedLinks(deps: UsedLinksDeps): AsyncGenerator<UsedLink> {
  const { storeRoot, upstreamIds, tags, revisions, sinceMs } = deps;
  const catalog = openCatalog(storeRoot);
  const isUsed = async (digest: string) => {
    const found = await orMissing(stat(blobFile(storeRoot, digest)));
    return found !== undefined && Math.max(found.atimeMs, found.mtimeMs) >= sinceMs;
  };
  for (const upstreamId of upstreamIds) {
    for await (const repository of catalog.repositories(upstreamId)) {
      const place = { upstreamId, repository };
      const directory = repositoryDir(storeRoot, upstreamId, repository);
      for (const digest of await linkedDigests(layersDir(directory))) {
        const link = await readLink(join(layerLinkDir(directory, digest), 'link'));
        const hasEntered = (link?.mtimeMs ?? 0) > 0;
        if (hasEntered && (await isUsed(digest))) yield { ...place, kind: 'layer', digest };
      }
      for (const digest of await listRevisions(storeRoot, upstreamId, repository)) {
        const hasEntered = await revisions.hasEntered(upstreamId, repository, digest);
        if (hasEntered && (await isUsed(digest))) yield { ...place, kind: 'revision', digest };
      }
      for await (const tag of catalog.tags(place)) {
        const record = await tags.read({ ...place, tag });
        if (record === undefined) continue;
        const hasEntered = await revisions.hasEntered(upstreamId, repository, record.digest);
        if (hasEntered && (await isUsed(record.digest))) {
          yield { ...place, kind: 'tag', tag, record };
        }
      }
    }
  }
}
