import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** cosign signs with the hash that fits the size of the key; older releases always with the first. */
const HASHES = ['sha256', 'sha384', 'sha512'];

/**
 * The public key in a PEM text.
 * @throws Error for other content, and for a kind of key that cosign does not know.
 */
export function parsePublicKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (!['ec', 'rsa', 'ed25519'].includes(key.asymmetricKeyType ?? '')) {
    throw new Error(`a key of type ${key.asymmetricKeyType}; accepted are ECDSA, RSA and Ed25519`);
  }
  return key;
}

/** Whether the key made this signature of the data. */
export function isSignedBy(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  const hashes = key.asymmetricKeyType === 'ed25519' ? [null] : HASHES;
  return hashes.some((hash) => {
    try {
      return verify(hash, data, key, signature);
    } catch {
      // The signature has another length or form than this key makes.
      return false;
    }
  });
}
