import type { ContentStore } from '../../store/content-store.ts';
import type { TagListDeps } from '../lists/list-deps.ts';
import type { RespondDeps } from '../manifests/manifest-deps.ts';
import type { RememberDeps } from '../tags/tag-deps.ts';
import type { SubjectMemory } from './subjects.ts';

/**
 * The collaborators of responses from what is here. There is no client, no running fetch and no
 * memory of the upstream's answers among them, so such a response can cause no request.
 */
export interface HereDeps
  extends RememberDeps,
    Pick<RespondDeps, 'checkChildren'>,
    Pick<TagListDeps, 'listTags' | 'mayShowTag'> {
  readonly store: ContentStore;
  readonly subjects: SubjectMemory;
  /** Resolves when a blob whose last byte has arrived is in the store; at once for any other. */
  readonly untilStored: (digest: string) => Promise<void>;
  /** The digests of a repository's manifests that are in the store. */
  readonly listRevisions: (repository: string) => Promise<readonly string[]>;
}
