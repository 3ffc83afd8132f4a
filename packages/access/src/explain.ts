import type { Access } from './decide.ts';
import type { Caller, Right } from './policy.ts';
import { type FindTags, targetOf } from './request.ts';
import type { Verdict } from './verdict.ts';

/** What the rules say of every right to one image, for one caller. */
export interface Explanation {
  /** By right: pull, fetch, push, delete. */
  readonly verdicts: readonly Verdict[];
  /** The tags here that lead to the digest; undefined where no rule asks for them. */
  readonly tags: readonly string[] | undefined;
}

const METHODS: readonly (readonly [Right, string])[] = [
  ['pull', 'GET'],
  // Whoever pulls fetches what is not here.
  ['fetch', 'GET'],
  ['push', 'PUT'],
  ['delete', 'DELETE'],
];

/**
 * Decides every right to a tag or digest as `answerRequest` decides requests for its manifest.
 *
 * @param asked `reference` is a tag or a digest; `image` is `registry/repository`.
 */
export async function explainRights(
  access: Access,
  asked: { readonly caller: Caller; readonly image: string; readonly reference: string },
  findTags: FindTags,
): Promise<Explanation> {
  const scope = access.scope(asked.caller, asked.image);
  const verdicts: Verdict[] = [];
  let tags: readonly string[] | undefined;
  const once = new Map<string, ReturnType<FindTags>>();
  const findOnce: FindTags = (digest) => {
    const found = once.get(digest) ?? findTags(digest);
    once.set(digest, found);
    return found;
  };
  for (const [right, method] of METHODS) {
    const request = { ...asked, method, kind: 'manifest' } as const;
    const target = await targetOf(request, scope.dependsOnReference, findOnce);
    if (target.kind === 'digest') tags = target.tags;
    verdicts.push(scope.decide(right, target));
  }
  return { verdicts, tags };
}
