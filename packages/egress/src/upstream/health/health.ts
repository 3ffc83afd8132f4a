/** How an upstream does, its token service included. */
export interface Health {
  /** It does not answer, and until it does nobody waits for it. */
  readonly isIll: boolean;
  /** It keeps somebody waiting, and nothing has been heard from it since. */
  readonly isSuspect: boolean;
  /** @throws AnswerError 503 while it is ill, or while it must not be asked. */
  admit(): void;
}
