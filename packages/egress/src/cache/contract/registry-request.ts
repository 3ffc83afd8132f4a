import type { Caller } from '@registry-cache/access';
import type { RegistryPath } from '@registry-cache/domain';

/** A request of an engine or the hot lane, already checked against the grammar. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD';
  readonly path: RegistryPath;
  /** The path as it came, with those parts of the query that the upstream may see. */
  readonly target: string;
  readonly accept: string | undefined;
  readonly range: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** Whether the caller can send a file of the store by itself, as the hot lane can. */
  readonly canSendfile: boolean;
  /**
   * The refusal of everything that is not here, for a caller who may pull and not fetch. The answer
   * then causes no request to the upstream. Left out for callers who may fetch.
   */
  readonly noFetch?: string;
  /** Who asks for a list; left out while no rules are in force. */
  readonly caller?: Caller;
  /** The client's address, or its network. Left out for callers that are no clients of the edge. */
  readonly source?: string;
  /** A command of the operator, who sees whole lists. */
  readonly isOperator?: true;
  /** Whether a peer asks, which has decided the request. Left out for clients. */
  readonly isFromPeer?: boolean;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}
