import { type FollowedState, listJobs, readFollowed } from '@registry-cache/jobs';
import type { JobsAnswer } from '../../contract/jobs.ts';
import type { AnswerDeps } from '../answer-deps.ts';

export async function answerJobs({ options, nowMs }: AnswerDeps): Promise<JobsAnswer> {
  const { jobs, broken } = listJobs(options.storeRoot, nowMs());
  const followed = readFollowed(options.storeRoot).map(describeFollowed);
  return { jobs: [...jobs], followed, broken: broken.length };
}

function describeFollowed(state: FollowedState): JobsAnswer['followed'][number] {
  const { list, everyMs, endedMs, succeededMs, nextMs, error } = state;
  return {
    ...{ list, everyMs, running: endedMs === undefined },
    ...(succeededMs !== undefined && { succeeded: new Date(succeededMs).toISOString() }),
    ...(nextMs !== undefined && { next: new Date(nextMs).toISOString() }),
    ...(error !== undefined && { error }),
  };
}
