import { askOutages } from '@registry-cache/history';
import type { UpstreamsAnswer } from '../../contract/upstreams.ts';
import { readEgressState } from '../../sources/read-egress-state.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describeUpstream } from '../describe-upstream.ts';
import { formatTime } from '../format-time.ts';

const DAY_MS = 24 * 3_600_000;
const MAX_OUTAGES = 1_000;

export async function answerUpstreams(deps: AnswerDeps): Promise<UpstreamsAnswer> {
  const { options, history, nowMs } = deps;
  const state = await readEgressState(options.egressSocket);
  const afterMs = nowMs() - DAY_MS;
  const outages = await history.ask((database) => askOutages(database, afterMs, MAX_OUTAGES), []);
  return {
    ...(state !== undefined && { upstreams: state.upstreams.map(describeUpstream) }),
    outages: outages.map(({ sinceMs, endedMs, ...outage }) => {
      const ended = endedMs === null ? {} : { ended: formatTime(endedMs) };
      return { ...outage, since: formatTime(sinceMs), ...ended };
    }),
  };
}
