/**
 * What workers tell the history: a line of JSON for each event, in a file for each worker
 * (`eventsFile`). Losing lines costs history alone.
 */
export type CacheEvent =
  | FetchEvent
  | MissEvent
  | UpstreamEvent
  | TagGoneEvent
  | EvictionEvent
  | EvictionsEvent
  | SizeEvent;

/** A blob was fetched, or not. */
export interface FetchEvent {
  readonly event: 'fetch';
  /** When it ended, in ISO 8601. */
  readonly time: string;
  /** How long it took, from the first request to the end. */
  readonly ms: number;
  /** From the first request to the first good reply; left out if none came. */
  readonly firstByteMs?: number | undefined;
  /** As the pull secret has it. */
  readonly upstream: string;
  /** The repository of the request that began it. */
  readonly repository: string;
  readonly digest: string;
  /** Bytes that arrived. */
  readonly bytes: number;
  readonly outcome: 'stored' | 'not-stored' | 'failed';
  /** The host that answered: of the upstream, its CDN, a mirror, a replica or a bucket. */
  readonly from: string;
  /** What that host is; left out if none answered. */
  readonly source?: FetchSource | undefined;
  /** How many readers it had at once, at most. */
  readonly readers: number;
  /** Why it was not stored. */
  readonly error?: string | undefined;
}

/** Who sends a blob. `upstream`: the registry itself or a mirror; `cdn`: where it redirected to. */
export const FETCH_SOURCES = ['upstream', 'cdn', 'replica', 'bucket'] as const;
export type FetchSource = (typeof FETCH_SOURCES)[number];

/** A request was not answered from the store alone. */
export interface MissEvent {
  readonly event: 'miss';
  readonly time: string;
  /** The id of the request, as the access log has it. */
  readonly id: string;
  /**
   * The content that was asked for, since clients may give one id to several requests: the name of
   * the upstream, and the last part of the path. Both have their names in the access log.
   */
  readonly upstream?: string | undefined;
  readonly repository?: string | undefined;
  readonly reference?: string | undefined;
  readonly why: MissReason;
  /** The failure in words, for `check-failed` and `failed`. */
  readonly error?: string | undefined;
}

export const MISS_REASONS = [
  /** The content is not here. */
  'absent',
  /** Its bytes are here, and this repository had no right to them yet. */
  'not-linked',
  /** A fetch of the same content was running. */
  'shared',
  /** Only a part was asked for, and no fetch was running. */
  'range',
  /** Only the size was asked for, of content that is not here. */
  'head',
  /** The time of the tag was over, and its digest had not changed. */
  'tag-expired',
  /** The time of the tag was over, and its registry had another digest. */
  'tag-changed',
  /** The tag is never remembered. */
  'tag-always',
  /** The client accepts no type of the stored manifest. */
  'other-type',
  /** A list of tags or referrers, which is asked for anew. */
  'list',
  /** From the store, since the client may not fetch. */
  'no-fetch',
  /** From the store, since the last check had failed just before. */
  'paused',
  /** From the store, since the check took too long. */
  'slow-check',
  /** From the store, since the check failed. */
  'check-failed',
  /** There was no answer. */
  'failed',
] as const;
export type MissReason = (typeof MISS_REASONS)[number];

/** An upstream or a mirror stopped to answer, or answers again. */
export interface UpstreamEvent {
  readonly event: 'upstream';
  readonly time: string;
  readonly upstream: string;
  readonly state: 'up' | 'down';
  /** Why it is taken for down. */
  readonly reason?: string | undefined;
}

/** An upstream has deleted a tag whose stored content is kept. */
export interface TagGoneEvent {
  readonly event: 'tag-gone';
  readonly time: string;
  /** As the pull secret has it. */
  readonly upstream: string;
  readonly repository: string;
  readonly tag: string;
}

/** A blob was evicted. */
export interface EvictionEvent {
  readonly event: 'eviction';
  readonly time: string;
  readonly digest: string;
  readonly sizeBytes: number;
  /** Its last access, in ISO 8601. */
  readonly lastAccess: string;
  /** Repositories that named it, as `<upstream id>/<repository>`; not all, if there are many. */
  readonly namedBy: readonly string[];
  readonly reason: EvictionReason;
}

/** Evictions of one run that are too many to be told one by one. */
export interface EvictionsEvent {
  readonly event: 'evictions';
  readonly time: string;
  readonly blobs: number;
  readonly sizeBytes: number;
  readonly reason: EvictionReason;
}

/** The size of the store, as the cleaner has left it. */
export interface SizeEvent {
  readonly event: 'size';
  readonly time: string;
  readonly usedBytes: number;
  /** The size that cleaning ends at, by the settings. */
  readonly limitBytes: number;
}

/** `reservation`: for a blob that is fetched. `prune`: by the command. */
export const EVICTION_REASONS = [
  'start',
  'timer',
  'growth',
  'reservation',
  'pins',
  'prune',
] as const;
export type EvictionReason = (typeof EVICTION_REASONS)[number];

/** Where a worker writes its events. */
export interface EventOptions {
  readonly file: string;
  /** The size from which on it is renamed to `<file>.1`. */
  readonly rotateAtBytes: number;
}
