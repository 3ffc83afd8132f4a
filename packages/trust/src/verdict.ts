/** Why no signature counts, from the least specific reason to the most specific one. */
export const REFUSALS = [
  'unsigned',
  'garbage',
  'too-large',
  'wrong-key',
  'bad-signature',
  'untrusted-certificate',
  'no-timestamp',
  'expired',
  'no-log-entry',
  'wrong-identity',
  'wrong-digest',
  'wrong-repository',
] as const;

export type RefusalCode = (typeof REFUSALS)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** Ends the sentence "the image is refused: …". One line, safe to show. */
  readonly reason: string;
}

export type SignatureVerdict =
  | { readonly kind: 'verified'; readonly by: string }
  | ({ readonly kind: 'refused' } & Refusal)
  /** The registry could not be asked for the signature. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The most specific refusal; `unsigned` if there is none. */
export function worstRefusal(refusals: readonly Refusal[]): Refusal {
  return refusals.reduce(
    (worst, one) => (REFUSALS.indexOf(one.code) > REFUSALS.indexOf(worst.code) ? one : worst),
    { code: 'unsigned', reason: 'it has no signature' } as Refusal,
  );
}

/** One signature that does not count. */
export class RefusedSignature extends Error implements Refusal {
  override readonly name = 'RefusedSignature';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, reason: string) {
    super(reason);
    this.code = code;
  }

  get reason(): string {
    return this.message;
  }
}
