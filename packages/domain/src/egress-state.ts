import type { FetchSource } from './events.ts';

/** The answer of egress to `/state`: what it knows now, as JSON. Times are in epoch milliseconds. */
export interface EgressState {
  /** Upstreams and their mirrors, in the order of the options. */
  readonly upstreams: readonly UpstreamState[];
  /** Fetches of blobs that run, each shared by all its readers. */
  readonly fetches: readonly RunningFetch[];
}

export interface RunningFetch {
  readonly upstream: string;
  readonly repository: string;
  readonly digest: string;
  readonly sinceMs: number;
  /** From the start to the first good reply; undefined before that. */
  readonly firstByteMs?: number | undefined;
  /** Bytes that have arrived. */
  readonly bytes: number;
  /** Undefined until it is known. */
  readonly sizeBytes?: number | undefined;
  /** The host that answered; empty before that. */
  readonly from: string;
  /** What that host is; undefined before that. */
  readonly source?: FetchSource | undefined;
  /** Clients that read along. */
  readonly readers: number;
}

/** An upstream, or a mirror of one. */
export interface UpstreamState {
  /** As the pull secret has it, such as `quay.io/org`; `mirror.example.com for quay.io` for a mirror. */
  readonly name: string;
  /** `down`: it does not answer, and is not asked. `offline`: the policy file forbids to ask it. */
  readonly state: 'up' | 'down' | 'offline';
  /** Since when; for `up` and `offline` never before the start of egress. */
  readonly sinceMs: number;
  /** Why it is taken for down. */
  readonly reason?: string | undefined;
  /** Its own limit, as its last answer told it. */
  readonly rateLimit?: UpstreamRateLimit | undefined;
}

export interface UpstreamRateLimit {
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  /** When it was told. */
  readonly toldMs: number;
}
