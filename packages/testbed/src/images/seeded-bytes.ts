import { createCipheriv, createHash } from 'node:crypto';

/**
 * Pseudo-random bytes, the same for the same seed: the keystream of AES in counter mode. They
 * cannot be compressed, and are made at memory speed.
 */
export function seededBytes(seed: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}
