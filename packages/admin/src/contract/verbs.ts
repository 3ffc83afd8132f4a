import { CHECK } from './check.ts';
import { DOCTOR } from './doctor.ts';
import { EVICTIONS } from './evictions.ts';
import { EXPLAIN } from './explain.ts';
import { EXPORT } from './export.ts';
import { FETCHES } from './fetches.ts';
import { IMPORT } from './import.ts';
import { JOBS } from './jobs.ts';
import { LS } from './ls.ts';
import { PIN, PINS, UNPIN } from './pins.ts';
import { PRUNE } from './prune.ts';
import { PULLS } from './pulls.ts';
import { RECEIPT } from './receipt.ts';
import { RECHECK } from './recheck.ts';
import { REFUSALS } from './refusals.ts';
import { RELOAD } from './reload.ts';
import { MISSES, REQUEST } from './requests.ts';
import { SAVED } from './saved.ts';
import { STATUS } from './status.ts';
import { TREND } from './trend.ts';
import { UPSTREAMS } from './upstreams.ts';
import type { InputOf, OutputOf } from './verb.ts';
import { WARM } from './warm.ts';
import { WHOAMI } from './whoami.ts';

/** Every verb of the admin API, by its name. */
export const VERBS = {
  status: STATUS,
  ls: LS,
  explain: EXPLAIN,
  saved: SAVED,
  trend: TREND,
  upstreams: UPSTREAMS,
  fetches: FETCHES,
  evictions: EVICTIONS,
  misses: MISSES,
  request: REQUEST,
  pulls: PULLS,
  refusals: REFUSALS,
  jobs: JOBS,
  pins: PINS,
  pin: PIN,
  unpin: UNPIN,
  recheck: RECHECK,
  warm: WARM,
  export: EXPORT,
  import: IMPORT,
  receipt: RECEIPT,
  prune: PRUNE,
  check: CHECK,
  reload: RELOAD,
  doctor: DOCTOR,
  whoami: WHOAMI,
} as const;

export type Verbs = typeof VERBS;
export type VerbName = keyof Verbs;
/** The verbs whose input and answer are JSON. */
export type JsonVerbName = Exclude<VerbName, 'export' | 'import'>;
export type VerbInput<Name extends VerbName> = InputOf<Verbs[Name]>;
export type VerbOutput<Name extends VerbName> = OutputOf<Verbs[Name]>;
