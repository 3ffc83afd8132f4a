import type { RegistryPath } from '@registry-cache/domain';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { hasForeignCursor } from '../../wire/http/cursor.ts';
import { discard } from '../../wire/transport/reply.ts';
import {
  type Answer,
  askUpstream,
  type Question,
  type Source,
} from '../contract/upstream-context.ts';
import type { Listing } from '../memory/listing-memory.ts';
import { answerList } from './answer-list.ts';
import { fetchFallbackTag } from './fallback-tag.ts';
import { readList } from './fetch-list.ts';
import { parseIndex } from './referrers-index.ts';

type ReferrersPath = Extract<RegistryPath, { kind: 'referrers' }>;

/** How registries answer that do not know the API; those that do have a list for any digest. */
const WITHOUT_API = new Set([400, 404, 405, 501]);

/**
 * What refers to a manifest: the upstream's answer, where it lacks the API what its fallback tag
 * says, and while it is ill what it said last.
 * @throws AnswerError
 */
export function answerReferrers(
  source: Source,
  question: Question,
  path: ReferrersPath,
): Promise<Answer> {
  return answerList(source, question, {
    fetch: (asked) => fetchReferrers(source, asked, path),
    fallBack: async (key) => source.lists.recall(key) ?? tagHere(source, question, path),
  });
}

/** The fallback tag as it is remembered here; that nothing is known is not told as nothing being there. */
async function tagHere(
  source: Source,
  question: Question,
  path: ReferrersPath,
): Promise<Listing | undefined> {
  if (hasForeignCursor(question.target)) return undefined;
  const listing = await fetchFallbackTag(source, question, path).catch(() => undefined);
  const entries = listing && parseIndex(listing.bytes);
  return entries?.length ? listing : undefined;
}

async function fetchReferrers(
  source: Source,
  question: Question,
  path: ReferrersPath,
): Promise<Listing> {
  const reply = await askUpstream(source, question, 'GET', {});
  if (WITHOUT_API.has(reply.status)) {
    await discard(reply);
    return fetchFallbackTag(source, question, path);
  }
  if (reply.status !== 200) throw await upstreamError(reply, source.key, 'referrers');
  const listing = await readList(source, question, reply);
  // A page for people is the answer of some to every path that they do not know.
  const isIndex = parseIndex(listing.bytes) !== undefined;
  return isIndex ? listing : fetchFallbackTag(source, question, path);
}
