import type { Route } from '../routes/route.ts';

/** What each look is told. */
export interface LookProps {
  /** What its address asks. */
  readonly query: Route['query'];
}
