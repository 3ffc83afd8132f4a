import { EVICTIONS } from './evictions.ts';
import { FETCHES } from './fetches.ts';
import { LS } from './ls.ts';
import { PULLS } from './pulls.ts';
import { SAVED } from './saved.ts';
import { STATUS } from './status.ts';
import { UPSTREAMS } from './upstreams.ts';

/** Every verb of the admin API, by its name. */
export const VERBS = {
  status: STATUS,
  ls: LS,
  saved: SAVED,
  upstreams: UPSTREAMS,
  fetches: FETCHES,
  evictions: EVICTIONS,
  pulls: PULLS,
} as const;

export type Verbs = typeof VERBS;
export type VerbName = keyof Verbs;
