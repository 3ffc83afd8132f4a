import type { Weight } from '../limits/places.ts';

/** How a request for a blob learns that the blob belongs to this replica. */
export interface Ownership {
  /** Whether that is known by now. Then no peer is asked. */
  readonly isKnown: boolean;
  /**
   * Called when this replica turns out to be the owner, before the upstream is asked.
   * @throws to end the request, if it is needed no more.
   */
  learn(): void;
}

/** One request to an upstream. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'HEAD';
  /** With its query: `/v2/library/debian/tags/list?n=10`. */
  readonly path: string;
  readonly repository: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Default `small`. Small requests are sent before large ones. */
  readonly weight?: Weight;
  /** The size of the blob in a manifest. A peer gets no more than that accepted. */
  readonly expectedBytes?: number | undefined;
  /** Left out where this replica answers itself as it answers a peer, by its own listener. */
  readonly ownership?: Ownership;
  /** Aborted when no client waits for the answer any more. */
  readonly signal: AbortSignal;
}
