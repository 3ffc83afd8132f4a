import { createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';

/** The public keys of an issuer at one time. */
export interface KeySet {
  /** Chooses the key of a token by algorithm and key id. */
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** Equal for equal keys. */
  readonly text: string;
}

const MAX_KEYS = 200;

/** @throws Error if the value is not a JWKS (RFC 7517, section 5). */
export function createKeySet(value: unknown): KeySet {
  try {
    const jwks = value as JSONWebKeySet;
    const find = createLocalJWKSet(jwks);
    if (jwks.keys.length === 0 || jwks.keys.length > MAX_KEYS) {
      throw new Error(`a key set of ${jwks.keys.length} keys; from 1 to ${MAX_KEYS} are accepted`);
    }
    return {
      find,
      text: JSON.stringify(jwks.keys),
    };
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new Error('not a JSON Web Key Set');
    throw error;
  }
}
