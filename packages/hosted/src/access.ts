import { readFile } from 'node:fs/promises';
import {
  ACCESS_OPTIONS,
  type Access,
  answerRequest,
  type Caller,
  compileAccess,
  type FindTags,
} from '@registry-cache/access';
import { subjectOfTag } from '@registry-cache/domain';
import { type Logger, parseJson, watchFile } from '@registry-cache/runtime';

/** The rights of a caller that only this worker can look at. The edge decides about all others. */
export interface CallerRights {
  /** Whether the caller may pull a blob of the repository, and so may mount it. */
  mayPullBlob(
    caller: Caller | undefined,
    image: string,
    digest: string,
    findTags: FindTags,
  ): Promise<boolean>;
  /** Whether the caller may have a blob of the repository fetched from its registry. */
  mayFetchBlob(
    caller: Caller | undefined,
    image: string,
    digest: string,
    findTags: FindTags,
  ): Promise<boolean>;
  /**
   * Whether the caller may name a part of the repository in a manifest without sending it. Rules with
   * a tag can hide a part; where there are none for the caller, every part may be named.
   */
  mayNamePart(
    caller: Caller | undefined,
    image: string,
    digest: string,
    findTags: FindTags,
  ): Promise<boolean>;
  /** Whether the caller sees the tag in a list. */
  readTagRights(caller: Caller | undefined, image: string): Promise<(tag: string) => boolean>;
}

/** Where there are no rules, whoever is let in may pull everything. */
export const ALL_RIGHTS: CallerRights = {
  mayPullBlob: async () => true,
  mayFetchBlob: async () => true,
  mayNamePart: async () => true,
  readTagRights: async () => () => true,
};

/**
 * Follows the file of rules. While it is broken, the last good rules stay in force.
 * @throws Error if the file is bad at the start; config never hands such a file over.
 */
export async function openCallerRights(file: string, log: Logger): Promise<CallerRights> {
  const parse = (text: string): Access | undefined => {
    const { policy } = parseJson(text, ACCESS_OPTIONS);
    return policy && compileAccess(policy);
  };
  const watched = watchFile(file, parse(await readFile(file, 'utf8')), {
    parse,
    onChange: () => undefined,
    onBroken: (error) =>
      log.error({ file, err: error }, 'rules of access are not usable, the last good ones stay'),
  });
  const answerBlob = async (
    caller: Caller | undefined,
    image: string,
    digest: string,
    findTags: FindTags,
  ): Promise<'yes' | 'no-fetch' | 'login' | 'no'> => {
    const access = await watched.current();
    if (access === undefined) return 'yes';
    if (caller === undefined) return 'no';
    const request = { caller, image, method: 'GET', kind: 'blob', reference: digest } as const;
    return (await answerRequest(access, request, findTags)).answer.kind;
  };
  return {
    async mayPullBlob(...blob) {
      const answer = await answerBlob(...blob);
      return answer === 'yes' || answer === 'no-fetch';
    },
    async mayFetchBlob(...blob) {
      return (await answerBlob(...blob)) === 'yes';
    },
    async mayNamePart(caller, image, digest, findTags) {
      const access = await watched.current();
      if (access === undefined) return true;
      if (caller === undefined) return false;
      const scope = access.scope(caller, image);
      if (!scope.dependsOnReference) return true;
      const target = { kind: 'digest', tags: await findTags(digest) } as const;
      return scope.decide('pull', target).isAllowed;
    },
    async readTagRights(caller, image) {
      const access = await watched.current();
      if (access === undefined) return () => true;
      if (caller === undefined) return () => false;
      const scope = access.scope(caller, image);
      return (tag) => {
        const isOfSubject = subjectOfTag(tag) !== undefined;
        const target = isOfSubject
          ? ({ kind: 'repository' } as const)
          : ({ kind: 'tag', tag } as const);
        return scope.decide('pull', target).isAllowed;
      };
    },
  };
}
