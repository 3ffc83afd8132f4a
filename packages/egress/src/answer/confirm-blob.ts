import type { Place } from '../fetch/blob-fetch.ts';
import { answerBlobHead } from './blob-head.ts';
import { parseLength } from './content-range.ts';
import type { Source } from './question.ts';

/**
 * Asks the upstream whether a repository may have a blob, once for all that want to know it now.
 * @returns the size in bytes that the upstream says.
 * @throws AnswerError where it may not; whatever else kept the upstream from saying.
 */
export function confirmBlob(
  source: Source,
  place: Place,
  digest: string,
): Promise<number | undefined> {
  const { repository } = place;
  return source.fetches.confirm(place, digest, async (signal) => {
    const { headers } = await answerBlobHead(source, {
      method: 'HEAD',
      path: { kind: 'blob', repository, digest },
      target: blobPath(repository, digest),
      accept: undefined,
      range: undefined,
      ifNoneMatch: undefined,
      takesFiles: false,
      signal,
    });
    return parseLength(headers['content-length']);
  });
}

/** Where an upstream has a blob. */
export function blobPath(repository: string, digest: string): string {
  return `/v2/${repository}/blobs/${digest}`;
}
