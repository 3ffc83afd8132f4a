import { createHash, type Hash } from 'node:crypto';
import { splitDigest } from '@registry-cache/domain';

/** The hash function of a digest. The digest must be valid. */
export function hashFor(digest: string): Hash {
  return createHash(splitDigest(digest).algorithm);
}

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
