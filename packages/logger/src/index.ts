export { type Counts, createCounts } from './run/counts.ts';
export { type FollowOptions, followAccessLog } from './run/follow-access-log.ts';
