export {
  AdminAwayError,
  AdminRefusalError,
  AdminVersionError,
  askAdmin,
} from './client/ask-admin.ts';
export type { AdminPlace, RemotePlace } from './client/place.ts';
export type { CheckAnswer } from './contract/check.ts';
export type { EvictionsAnswer } from './contract/evictions.ts';
export type { ExplainAnswer } from './contract/explain.ts';
export type { FetchesAnswer } from './contract/fetches.ts';
export type { JobsAnswer } from './contract/jobs.ts';
export type { LsAnswer } from './contract/ls.ts';
export type { PinAnswer, PinsAnswer } from './contract/pins.ts';
export type { PruneAnswer } from './contract/prune.ts';
export type { PullsAnswer } from './contract/pulls.ts';
export type { RefusalsAnswer } from './contract/refusals.ts';
export type { MissesAnswer, RequestAnswer } from './contract/requests.ts';
export type { SavedAnswer } from './contract/saved.ts';
export type { Status } from './contract/status.ts';
export type { Upstream } from './contract/upstream.ts';
export type { UpstreamsAnswer } from './contract/upstreams.ts';
export type { InputOf, OutputOf } from './contract/verb.ts';
export type { VerbInput, VerbName, VerbOutput, Verbs } from './contract/verbs.ts';
export { formatOpenApi } from './openapi/format-openapi.ts';
