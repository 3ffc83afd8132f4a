import { isDigest, subjectOfTag } from '@registry-cache/domain';
import type { Access, Target } from './decide.ts';
import type { Caller, Right } from './policy.ts';
import type { Verdict } from './verdict.ts';

/** A request of the distribution API, as the rules see it. */
export interface AccessRequest {
  readonly caller: Caller;
  /** `registry/repository`, as images are named here. */
  readonly image: string;
  readonly method: string;
  readonly kind: 'manifest' | 'blob' | 'tags' | 'referrers' | 'upload';
  /** A tag or a digest; empty where there is none. */
  readonly reference: string;
}

/** What a request gets. */
export type Answer =
  /** All of it. */
  | { readonly kind: 'yes' }
  /** What is here; the verdict refuses the rest, which somebody with a login may have. */
  | { readonly kind: 'no-fetch'; readonly verdict: Verdict; readonly loginMayHelp: boolean }
  /** Nothing without a login. */
  | { readonly kind: 'login'; readonly verdict: Verdict }
  | { readonly kind: 'no'; readonly verdict: Verdict };

/** Finds the tags of the image that lead to a digest here. */
export type FindTags = (digest: string) => Promise<readonly string[]>;

/** An answer, and what it holds for. */
export interface HoldingAnswer {
  readonly answer: Answer;
  /** Whether it holds for all pulls from the repository, or for this reference alone. */
  readonly holdsFor: 'repository' | 'reference';
  /** Whether it depends on what is here. Then it may change at any time. */
  readonly dependsOnStore: boolean;
}

/** Answers a request by the rules. Where both pull and fetch are missing, pull is named. */
export async function answerRequest(
  access: Access,
  request: AccessRequest,
  findTags: FindTags,
): Promise<HoldingAnswer> {
  const { caller, image } = request;
  const scope = access.scope(caller, image);
  const right = rightOf(request);
  const target = await targetOf(request, scope.dependsOnReference, findTags);
  const verdict = scope.decide(right, target);
  const fetch = right === 'pull' && verdict.isAllowed ? scope.decide('fetch', target) : verdict;
  return {
    answer: answerOf(access, request, target, verdict, fetch),
    holdsFor: scope.dependsOnReference || right !== 'pull' ? 'reference' : 'repository',
    dependsOnStore: target.kind === 'digest',
  };
}

/**
 * Whether a caller may push some content of the image. The blobs and child manifests of a push arrive
 * before their tag, so one tag that may be pushed is enough.
 */
export function mayPushParts(access: Access, caller: Caller, image: string): boolean {
  return access.scope(caller, image).decide('push', { kind: 'anything' }).isAllowed;
}

function answerOf(
  access: Access,
  { caller, image }: AccessRequest,
  target: Target,
  verdict: Verdict,
  fetch: Verdict,
): Answer {
  if (verdict.isAllowed && fetch.isAllowed) return { kind: 'yes' };
  const missing = verdict.isAllowed ? fetch : verdict;
  const isStranger = caller.user === undefined;
  const mayHelp = isStranger && access.couldLoginHelp(caller, image, missing.right, target);
  if (verdict.isAllowed) return { kind: 'no-fetch', verdict: fetch, loginMayHelp: mayHelp };
  return mayHelp ? { kind: 'login', verdict } : { kind: 'no', verdict };
}

function rightOf({ method, kind }: Pick<AccessRequest, 'method' | 'kind'>): Right {
  // Whoever asks about an upload, or drops one, is about to push.
  if (kind === 'upload') return 'push';
  if (method === 'GET' || method === 'HEAD') return 'pull';
  return method === 'DELETE' ? 'delete' : 'push';
}

/** What a request is decided by. */
export async function targetOf(
  { method, kind, reference }: AccessRequest,
  dependsOnReference: boolean,
  findTags: FindTags,
): Promise<Target> {
  if (!dependsOnReference) return { kind: 'repository' };
  const subject = subjectOfTag(reference);
  const digest = isDigest(reference) ? reference : subject;
  const isPush = rightOf({ method, kind }) === 'push';
  // The blobs and child manifests of a push arrive before their tag.
  const isPart = isPush && (kind !== 'manifest' || isDigest(reference));
  if (reference === '' || isPart) return { kind: 'anything' };
  if (digest === undefined) return { kind: 'tag', tag: reference };
  const tags = await findTags(digest);
  // Signatures may arrive before their image, but those of somebody else's image are not replaced.
  if (isPush && tags.length === 0) return { kind: 'anything' };
  return { kind: 'digest', tags };
}
