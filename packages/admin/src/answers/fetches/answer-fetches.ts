import { askFetches, type PastFetch } from '@registry-cache/history';
import type { FetchesAnswer } from '../../contract/fetches.ts';
import { readEgressState } from '../../sources/read-egress-state.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

export async function answerFetches(
  { limit, at }: { readonly limit: number; readonly at?: string | undefined },
  { options, history }: AnswerDeps,
): Promise<FetchesAnswer> {
  const atMs = at === undefined ? undefined : Date.parse(at);
  const [state, past] = await Promise.all([
    readEgressState(options.egressSocket),
    history.ask((database) => askFetches(database, { atMs, limit }), []),
  ]);
  const running = state?.fetches.map(({ sinceMs, bytes, sizeBytes, readers, ...fetch }) => {
    return {
      ...{ ...fetch, since: formatTime(sinceMs), doneBytes: bytes, waiting: readers },
      ...(sizeBytes !== undefined && { totalBytes: sizeBytes }),
    };
  });
  return { ...(running !== undefined && { running }), past: past.map(describePast) };
}

function describePast(fetch: PastFetch): FetchesAnswer['past'][number] {
  const { sinceMs, endedMs, firstByteMs, source: from, kind, readers, error, ...rest } = fetch;
  return {
    ...rest,
    ...{ since: formatTime(sinceMs), ended: formatTime(endedMs), ms: endedMs - sinceMs },
    ...(firstByteMs !== null && { firstByteMs }),
    ...{ from, waited: readers },
    ...(kind !== null && { source: kind }),
    ...(error !== null && { error }),
  };
}
