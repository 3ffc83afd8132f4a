import type { PinStore } from '../../store/pins.ts';
import type { ReferrerLists } from '../../store/referrer-lists.ts';
import type { ReferrerStore } from '../../store/referrers.ts';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { TagDeps } from '../tags/tag-deps.ts';
import type { BroughtReferrersDeps } from './brought-referrers.ts';
import type { ListMemory } from './list-memory.ts';

/** Remembers lists of one upstream. */
export interface RememberListDeps {
  readonly upstreamId: string;
  readonly lists: ListMemory;
}

/** Fetches lists from the upstream. */
export interface FetchListDeps {
  /** The upstream's name, for messages. */
  readonly key: string;
  readonly client: Pick<UpstreamClient, 'fetch'>;
}

export interface TagListDeps extends RememberListDeps, FetchListDeps {
  readonly pins: PinStore;
  /** The tags of a repository that are in the store. */
  readonly listTags: (repository: string) => Promise<readonly string[]>;
  /** Whether the caller may see a tag; undefined while everybody may see all of them. */
  readonly mayShowTag: ((tag: string) => boolean) | undefined;
}

/** The fallback tag of referrers is read as any other tag. */
export interface ReferrersDeps extends RememberListDeps, TagDeps, BroughtReferrersDeps {
  readonly referrers: ReferrerStore;
  readonly referrerLists: ReferrerLists;
}

/** The collaborators of responses with lists. */
export interface ListDeps extends TagListDeps, ReferrersDeps {
  readonly client: ReferrersDeps['client'];
}
