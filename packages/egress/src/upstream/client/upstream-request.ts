import type { Weight } from '../limits/places.ts';

/** One request to an upstream. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'HEAD';
  /** With its query: `/v2/library/debian/tags/list?n=10`. */
  readonly path: string;
  readonly repository: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Default `small`. Small requests are sent before large ones. */
  readonly weight?: Weight;
  /** Aborted when no client waits for the answer any more. */
  readonly signal: AbortSignal;
}
