/** What the next pull of an image would do, as egress knows it. Nothing outside is asked for it. */
export interface PullForecast {
  readonly next: NextPull;
  /** The memory of the tag; undefined for a digest, and for a tag that is not here. */
  readonly tag?: TagMemory | undefined;
  /** The rules of trust and admission for the image. */
  readonly checks: readonly CheckForecast[];
}

export interface NextPull {
  readonly code: NextPullCode;
  /** One sentence. */
  readonly text: string;
}

export const NEXT_PULL_CODES = [
  /** From disk, and no upstream is asked. */
  'served',
  /** From disk, by the digest of a pin. */
  'pinned',
  /** From disk, and the upstream is asked meanwhile. */
  'grace',
  /** The upstream is asked whether the tag still has its digest. */
  'checked',
  /** From disk though its time is over: the upstream is not asked just now. */
  'stale',
  /** It is not here, so it is fetched. */
  'fetched',
  /** It is not here, and the upstream is not asked just now. */
  'unavailable',
] as const;
export type NextPullCode = (typeof NEXT_PULL_CODES)[number];

export interface TagMemory {
  readonly digest: string;
  /** When the upstream confirmed it last, in epoch milliseconds. */
  readonly checkedMs: number;
  /** Until when no upstream is asked about it; undefined for a tag that is asked for at each pull. */
  readonly freshUntilMs?: number | undefined;
}

/** What an upstream says of a manifest now. */
export interface PullProbe {
  /** Undefined where no answer came. */
  readonly status?: number | undefined;
  readonly ms: number;
  readonly digest?: string | undefined;
  /** Of its rate limit, as its answer told it. */
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  /** Why there is no good answer. */
  readonly error?: string | undefined;
}

/** What the rules of trust or admission would say of an image at its next pull. */
export interface CheckForecast {
  readonly check: 'trust' | 'admission';
  /** Numbers of the rules in the policy file. */
  readonly rules: readonly number[];
  /** `open`: only the next pull can find it out. */
  readonly outcome: 'admitted' | 'refused' | 'waiting' | 'open';
  readonly reason: string;
}
