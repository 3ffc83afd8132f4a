/** A manifest that is about to be answered, stored or linked. */
export interface Entering {
  readonly repository: string;
  /** The tag that it was asked for by, if any. */
  readonly tag: string | undefined;
  readonly digest: string;
  readonly bytes: Uint8Array;
  /**
   * Whether this repository has it in the store already, by a pull. What was pushed or imported has
   * not entered yet.
   */
  readonly isHere: boolean;
}

export type EntranceVerdict =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It could not be found out now. New content has to wait; what is here is served. */
  | { readonly kind: 'unknown'; readonly reason: string };

export const ADMITTED: EntranceVerdict = { kind: 'admitted' };

/** One of the checks that every image of an upstream has to pass. */
export interface EntranceCheck {
  /** The phase of its refusals. */
  readonly phase: 'trust' | 'admission';
  /** Whether a rule is about the images of this repository. */
  hasRules(repository: string): boolean;
  check(entering: Entering): Promise<EntranceVerdict>;
  /** Whether a manifest that was admitted names this blob. */
  checkBlob(repository: string, digest: string): Promise<EntranceVerdict>;
  /** A refusal of the last seconds, so that the manifest is not fetched again for nothing. */
  recall(repository: string, digest: string): Promise<EntranceVerdict>;
}
