/** For how long answers of the auth worker hold. The tables of the edge forget them then. */
export const ANSWER_SECONDS = {
  /** An answer of the rules alone. New rules bring a new edge, which begins with empty tables. */
  steady: 300,
  /** An answer that depends on the store. A tag may move away from a digest at any time. */
  byStore: 5,
  /** A token of the cache, at most. */
  token: 300,
} as const;
