import { splitDigest } from '@registry-cache/domain';

const SHA256_BYTES = 32;

/** A digest as a key of half its length. The length of the key tells the algorithm. */
export function toKey(digest: string): string {
  return Buffer.from(splitDigest(digest).hex, 'hex').toString('latin1');
}

/** The digest of a key. */
export function fromKey(key: string): string {
  const algorithm = key.length === SHA256_BYTES ? 'sha256' : 'sha512';
  return `${algorithm}:${Buffer.from(key, 'latin1').toString('hex')}`;
}
