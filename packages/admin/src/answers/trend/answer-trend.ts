import { askTrend, HOUR_MS } from '@registry-cache/history';
import type { TrendAnswer } from '../../contract/trend.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

export async function answerTrend(
  wanted: { readonly hours: number; readonly upstream?: string | undefined },
  { history, nowMs }: AnswerDeps,
): Promise<TrendAnswer> {
  const points = await history.ask((database) => {
    return askTrend(database, { ...wanted, nowMs: nowMs() });
  }, []);
  return {
    stepMs: HOUR_MS,
    points: points.map(({ atMs, bytes, usedBytes, limitBytes, ...counts }) => {
      return {
        ...{ time: formatTime(atMs), ...counts, servedBytes: bytes },
        ...(usedBytes !== null && { usedBytes }),
        ...(limitBytes !== null && { limitBytes }),
      };
    }),
  };
}
