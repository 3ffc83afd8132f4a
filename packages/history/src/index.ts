export { askEvictions, type PastEviction, sumEvictions } from './answers/evictions.ts';
export { askFetches, type PastFetch } from './answers/fetches.ts';
export {
  askImages,
  type ContentSizes,
  type ImagesQuestion,
  type ListedImage,
  readWalk,
  type WalkedImage,
} from './answers/images.ts';
export { askOutages, type Outage } from './answers/outages.ts';
export { askPullers, askPulls, askReferencePulls } from './answers/pulls.ts';
export {
  askMisses,
  askRequest,
  countRequests,
  lookAround,
  type PastRequest,
} from './answers/requests.ts';
export { askSaved, type Saved, type SavedByUpstream, sumSaved } from './answers/saved.ts';
export { askTrend, type TrendPoint } from './answers/trend.ts';
export { History } from './history.ts';
export { HOUR_MS, parseRequest } from './ingest/access-batch.ts';
