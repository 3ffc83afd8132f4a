import type { Caller } from '@registry-cache/access';

/** What a caller may see in lists. An image is `<registry>/<repository>`. */
export interface ListRights {
  /** Whether the caller may pull anything of the image. */
  readonly mayList: (caller: Caller, image: string) => boolean;
  readonly mayPullTag: (caller: Caller, image: string, tag: string) => boolean;
}

/** The rights as they are now; undefined while no rules are in force. Then everybody sees all. */
export type ReadListRights = () => ListRights | undefined;

/** The name of an image by its upstream's key, which may end in a namespace of the repository. */
export function imageOf(upstreamKey: string, repository: string): string {
  return `${upstreamKey.split('/', 1)[0]}/${repository}`;
}
