import {
  askSaved,
  HOUR_MS,
  type Saved,
  type SavedByUpstream,
  sumSaved,
} from '@registry-cache/history';
import type { SavedAnswer } from '../../contract/saved.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

const PERIODS = [
  ['hour', HOUR_MS],
  ['day', 24 * HOUR_MS],
  ['week', 7 * 24 * HOUR_MS],
] as const;

type Numbers = Omit<SavedAnswer['periods'][number], 'period' | 'since' | 'upstreams'>;

export async function answerSaved(deps: AnswerDeps): Promise<SavedAnswer> {
  const periods: SavedAnswer['periods'] = [];
  for (const [period, lengthMs] of PERIODS) {
    const { sinceMs, total, upstreams } = await readSaved(deps, lengthMs);
    periods.push({
      ...{ period, since: formatTime(sinceMs), ...total },
      upstreams: upstreams.map(({ upstream, ...saved }) => ({ upstream, ...toNumbers(saved) })),
    });
  }
  return { periods };
}

/** Savings of the last time, from a full hour on. */
export async function readSaved(
  { history, nowMs }: AnswerDeps,
  lengthMs: number,
): Promise<{
  readonly sinceMs: number;
  readonly total: Numbers;
  readonly upstreams: readonly SavedByUpstream[];
}> {
  const now = nowMs();
  const sinceMs = Math.floor((now - lengthMs) / HOUR_MS) * HOUR_MS;
  const upstreams = await history.ask((database) => askSaved(database, sinceMs, now), []);
  return { sinceMs, total: toNumbers(sumSaved(upstreams)), upstreams };
}

function toNumbers({ requests, savedRequests, bytes, savedBytes, savedMs }: Saved): Numbers {
  return { requests, savedRequests, servedBytes: bytes, savedBytes, savedMs };
}
