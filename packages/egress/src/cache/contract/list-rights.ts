import type { Caller } from '@registry-cache/access';

/** The rights of a caller to lists, and whether anybody may push. An image is `<registry>/<repository>`. */
export interface ListRights {
  /** Whether the caller may pull some tag of the image, be it here or not. */
  readonly mayPullSome: (caller: Caller, image: string) => boolean;
  /** Whether the rules without a tag let the caller pull. */
  readonly mayPullAll: (caller: Caller, image: string) => boolean;
  readonly mayPullTag: (caller: Caller, image: string, tag: string) => boolean;
  /** Whether the rules let anybody push into the image. */
  readonly mayBePushed: (image: string) => boolean;
}

/** The rights as they are now; undefined while no rules are in force. Then everybody sees all. */
export type ReadListRights = () => ListRights | undefined;
