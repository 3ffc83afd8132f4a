export { followedCopy, keepCopy } from './follow/followed-copies.ts';
export { type FollowedState, readFollowed } from './follow/followed-state.ts';
export { findJobOf, type JobView, listJobs } from './records/list-jobs.ts';
export { type Job, openJob } from './records/open-job.ts';
export type { JobProgress } from './records/record.ts';
