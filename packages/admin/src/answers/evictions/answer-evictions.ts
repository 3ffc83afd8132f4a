import { askEvictions, sumEvictions } from '@registry-cache/history';
import type { EvictionsAnswer } from '../../contract/evictions.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';
import { listNext } from './list-next.ts';
import { namePath } from './name-path.ts';

export interface EvictionsWanted {
  readonly limit: number;
  readonly since?: string | undefined;
  readonly next?: number | undefined;
}

export async function answerEvictions(
  { limit, since, next }: EvictionsWanted,
  deps: AnswerDeps,
): Promise<EvictionsAnswer> {
  const { history, nameOf } = deps;
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
      images: namedBy.map((path) => namePath(path, nameOf)),
    };
  });
  const upcoming = next === undefined ? undefined : await listNext(next, deps);
  return { ...sums, evictions, ...(upcoming !== undefined && { next: upcoming }) };
}
