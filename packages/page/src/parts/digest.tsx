import { formatDigest } from '../format/format-digest.ts';

/** The begin of a digest, with all of it where the pointer rests. */
export function Digest({ of }: { readonly of: string }) {
  return <code title={of}>{formatDigest(of)}</code>;
}
