import { createReadStream } from 'node:fs';
import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import type { Place } from '../fetch/blob-fetch.ts';
import { confirmBlob } from './confirm-blob.ts';

/**
 * A blob that is in the store. Where only another repository may have it so far, the upstream is
 * asked whether this one may too, and it is linked: no byte is fetched again. Undefined where it
 * is not here.
 * @throws AnswerError where the upstream does not give it to this repository.
 */
export async function answerFromStore(
  source: Source,
  question: Question,
  place: Place,
  digest: string,
): Promise<Answer | undefined> {
  const { store } = source;
  const { upstreamId, repository } = place;
  const sizeBytes = await store.blobSize(digest);
  if (sizeBytes === undefined) return undefined;
  const isLinked = await store.hasLayer(upstreamId, repository, digest);
  if (!isLinked) {
    const saidBytes = await confirmBlob(source, place, digest);
    if (saidBytes !== sizeBytes) {
      const isOdd = saidBytes !== undefined;
      if (isOdd && (await store.removeDamaged(digest))) source.onDamaged(digest);
      // Some other answer, such as a page of a portal, gives no leave: only a GET can.
      return undefined;
    }
    await store.linkLayer(upstreamId, repository, digest);
  }
  return storedAnswer(source, question, digest, sizeBytes, isLinked ? 'HIT' : 'MISS');
}

function storedAnswer(
  { store }: Source,
  { method, takesFiles }: Question,
  digest: string,
  sizeBytes: number,
  cache: string,
): Answer {
  if (takesFiles) {
    const headers = { 'x-accel-redirect': `/stored/${digest.replace(':', '/')}`, 'x-cache': cache };
    return { status: 200, headers, body: undefined };
  }
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
    'x-cache': cache,
  };
  const body = method === 'HEAD' ? undefined : createReadStream(store.blobFile(digest));
  return { status: 200, headers, body };
}
