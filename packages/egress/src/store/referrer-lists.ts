import type { SubjectReference } from './referrers.ts';

/** The whole lists of referrers that upstreams gave, for the time when they do not answer. */
export interface ReferrerLists {
  write(reference: SubjectReference, list: Buffer): Promise<void>;
  /** Undefined for a list that is not known. */
  read(reference: SubjectReference): Promise<Buffer | undefined>;
}

/** Without a bucket the memory alone has them. */
export const NO_REFERRER_LISTS: ReferrerLists = {
  write: async () => undefined,
  read: async () => undefined,
};
