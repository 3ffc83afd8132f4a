import type { Hash } from 'node:crypto';
import { hashFor } from '../http/digest.ts';

/** The bytes do not have the expected digest. */
export class DigestMismatchError extends Error {
  readonly code = 'EGRESS_DIGEST_MISMATCH';

  constructor(expected: string, found: string) {
    super(`the bytes have the digest ${found} where ${expected} was expected`);
    this.name = 'DigestMismatchError';
  }
}

/**
 * Passes a body on and hashes it. The output is one chunk behind, and the last chunk comes only if
 * the whole body has the digest. So a reader never gets all of a wrong body. `hash` may already hold
 * the bytes before these chunks.
 * @throws DigestMismatchError at the end, instead of the last chunk.
 */
export async function* verifiedBody(
  chunks: AsyncIterable<Uint8Array>,
  digest: string,
  hash = hashFor(digest),
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  verify(hash, digest);
  if (held !== undefined) yield held;
}

/** @throws DigestMismatchError */
export function verify(hash: Hash, digest: string): void {
  const found = `${digest.slice(0, digest.indexOf(':'))}:${hash.digest('hex')}`;
  if (found !== digest) throw new DigestMismatchError(digest, found);
}
