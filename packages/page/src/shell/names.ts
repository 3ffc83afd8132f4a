import type { Look } from '../routes/route.ts';

/** The heading of each look, which its link and the window have too. */
export const NAMES: Readonly<Record<Look, string>> = {
  overview: 'Overview',
  images: 'Images',
  image: 'Image',
  misses: 'Misses',
  fetches: 'Fetches',
  evictions: 'Evictions',
  upstreams: 'Upstreams',
  refusals: 'Refusals',
  savings: 'Savings',
  pins: 'Pins',
  jobs: 'Jobs',
  configuration: 'Configuration',
};
