import { type Access, type Caller, compileAccess, type Target } from '@registry-cache/access';
import { type AccessPolicy, subjectOfTag } from '@registry-cache/domain';
import type { ListRights } from './cache/contract/list-rights.ts';

/** The rights in lists by the rules; undefined where there are none. */
export function createListRights(policy: AccessPolicy | undefined): ListRights | undefined {
  if (policy === undefined) return undefined;
  const access = compileAccess(policy);
  return {
    mayPullSome: (caller, image) => mayPull(access, caller, image, { kind: 'anything' }),
    mayPullAll: (caller, image) => mayPull(access, caller, image, { kind: 'repository' }),
    // A tag that names a subject goes with that digest. It is shown to those who may pull all.
    mayPullTag: (caller, image, tag) => {
      const isOfSubject = subjectOfTag(tag) !== undefined;
      return mayPull(
        access,
        caller,
        image,
        isOfSubject ? { kind: 'repository' } : { kind: 'tag', tag },
      );
    },
    mayBePushed: (image) => access.couldAnybody(image, 'push'),
  };
}

function mayPull(access: Access, caller: Caller, image: string, target: Target): boolean {
  return access.scope(caller, image).decide('pull', target).isAllowed;
}
