import type { Route } from '../routes/route.ts';

/** The input of each look. */
export interface LookProps {
  /** The question in its address. */
  readonly query: Route['query'];
}
