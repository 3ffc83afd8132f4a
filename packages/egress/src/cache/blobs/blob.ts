import type { RegistryPath } from '@registry-cache/domain';
import { namesTag } from '../../wire/http/if-none-match.ts';
import { type AskedRange, isSeveral, parseRange } from '../../wire/http/range.ts';
import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import type { Place } from '../fetch/blob-fetch.ts';
import { answerBlobHead } from './blob-head.ts';
import { answerBlobPart } from './blob-part.ts';
import { answerFromFetch, joinFetch, NEAR_BYTES } from './blob-shared.ts';
import { answerFromStore } from './blob-stored.ts';

type BlobPath = Extract<RegistryPath, { kind: 'blob' }>;

/**
 * A blob: from the store where it is here by now, else from the one fetch that all share. Only
 * HEAD and parts of what nobody is fetching are asked of the upstream as they are. Who asks for
 * several parts at once is given the whole, as RFC 9110, section 14.2, allows. Its ETag is its
 * digest, as the engine's is, so that parts from here and from the store fit together.
 * @throws AnswerError before the first byte; the body throws after it.
 */
export async function answerBlob(
  source: Source,
  question: Question,
  { repository, digest }: BlobPath,
): Promise<Answer> {
  const own = { etag: `"${digest}"`, 'docker-content-digest': digest };
  const place = { upstreamId: source.upstreamId, repository };
  if (namesTag(question.ifNoneMatch, own.etag)) {
    // Whether the caller may have the blob is the upstream's to say, unless it has said so.
    const isHere = await source.store.hasLayer(place.upstreamId, repository, digest);
    if (!isHere) await answerBlobHead(source, question);
    return { status: 304, headers: own, body: undefined };
  }
  const asked = isSeveral(question.range) ? { ...question, range: undefined } : question;
  const answer = await answerFrom(source, asked, place, digest);
  return { ...answer, headers: { 'x-cache': 'MISS', ...answer.headers, ...own } };
}

async function answerFrom(
  source: Source,
  question: Question,
  place: Place,
  digest: string,
): Promise<Answer> {
  const { fetches } = source;
  // What is verified is in the store in a moment, which serves parts and HEAD as well.
  const running = fetches.running(place.upstreamId, digest);
  if (running?.body.isVerified === true) await running.settled;
  if (running?.body.isVerified !== false || !running.isFor(place)) {
    const stored = await answerFromStore(source, question, place, digest);
    if (stored !== undefined) return stored;
  }

  const range = question.range === undefined ? undefined : parseRange(question.range);
  const joined = await joinFetch(source, question, place, digest, range);
  if (joined !== undefined) return joined;
  if (question.method === 'HEAD') return answerBlobHead(source, question);
  if (question.range !== undefined && !isNearlyAll(range)) {
    fetchAllAfterSome(source, question.target, place, digest);
    return answerBlobPart(source, question, digest);
  }
  const other = fetches.running(place.upstreamId, digest);
  const fetch =
    other?.isFor(place) === true ? other : fetches.start(source, question.target, place, digest);
  await fetch.opened;
  const answer = answerFromFetch(source, question, fetch, range);
  if (answer !== undefined) return answer;
  // A part that lies beyond the end is the upstream's to refuse; what has ended is in the store.
  return fetch.body.takesReaders
    ? answerBlobPart(source, question, digest)
    : answerFrom(source, question, place, digest);
}

/**
 * Clients that only ever ask for parts would fetch every byte from the upstream each time. So the
 * n-th part starts one fetch of the whole, which goes on by itself and is kept.
 */
function fetchAllAfterSome(source: Source, path: string, place: Place, digest: string): void {
  const { fetches, rangeCounts, blobs, now, health } = source;
  const { upstreamId } = place;
  if (!rangeCounts.isEnough(upstreamId, digest, blobs.rangesUntilFetch, now())) return;
  if (health.isIll || fetches.running(upstreamId, digest) !== undefined) return;
  fetches.start(source, path, place, digest);
}

/** What a client asks for that was interrupted early: worth a fetch of the whole, which is kept. */
function isNearlyAll(range: AskedRange | undefined): boolean {
  return range !== undefined && range.last === undefined && range.first <= NEAR_BYTES;
}
