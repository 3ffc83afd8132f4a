import { askEvictions, sumEvictions } from '@registry-cache/history';
import type { EvictionsAnswer } from '../../contract/evictions.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';
import { nameImage } from './name-image.ts';

export async function answerEvictions(
  { limit, since }: { readonly limit: number; readonly since?: string | undefined },
  { history, nameOf }: AnswerDeps,
): Promise<EvictionsAnswer> {
  const sinceMs = since === undefined ? 0 : Date.parse(since);
  const sums = await history.ask((database) => sumEvictions(database, sinceMs), {
    ...{ blobs: 0, bytes: 0 },
  });
  const rows = await history.ask((database) => askEvictions(database, sinceMs, limit), []);
  const evictions = rows.map(({ atMs, digest, lastAccessMs, namedBy, during, ...row }) => {
    return {
      ...{ ...row, time: formatTime(atMs), during: [...during] },
      ...(digest !== null && { digest }),
      ...(lastAccessMs !== null && { lastAccess: formatTime(lastAccessMs) }),
      images: namedBy.map((path) => nameImage(path, nameOf)),
    };
  });
  return { ...sums, evictions };
}
