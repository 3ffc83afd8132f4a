import { createPublicKey, hkdfSync } from 'node:crypto';
import { asObject, type Secret } from '@registry-cache/domain';
import { CompactEncrypt, compactDecrypt, errors, jwtVerify } from 'jose';
import { type Credentials, createCredentials } from '../credentials/credentials.ts';
import { createTokenSigner, REGISTRY, type TokenResponse } from '../tokens/issuer.ts';

/**
 * Tokens of the cache that carry the login of a guest, for clients that show tokens alone. The login
 * is encrypted by a key that only the cache has, so nothing has to be kept here.
 */
export interface GuestTokens {
  issue(credentials: Credentials): Promise<TokenResponse>;
  /** The login in a token; undefined unless it was issued here and is still current. */
  read(token: string): Promise<Credentials | undefined>;
}

const HEADER = { alg: 'dir', enc: 'A256GCM' } as const;

/** `now` is in milliseconds. */
export function createGuestTokens(tokenKey: Secret, now: () => number): GuestTokens {
  const sign = createTokenSigner(tokenKey, now);
  const publicKey = createPublicKey(tokenKey.reveal());
  const key = new Uint8Array(
    hkdfSync('sha256', tokenKey.reveal(), 'registry-cache', 'logins of guests', 32),
  );
  return {
    async issue({ username, password }) {
      const text = JSON.stringify({ username, password: password.reveal() });
      const guest = await new CompactEncrypt(Buffer.from(text))
        .setProtectedHeader(HEADER)
        .encrypt(key);
      return sign(username, { access: [], guest });
    },
    async read(token) {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['ES256'],
          issuer: REGISTRY,
          audience: REGISTRY,
          currentDate: new Date(now()),
        });
        const { plaintext } = await compactDecrypt(String(payload.guest), key, {
          keyManagementAlgorithms: [HEADER.alg],
          contentEncryptionAlgorithms: [HEADER.enc],
        });
        const login = asObject(JSON.parse(new TextDecoder().decode(plaintext)));
        return createCredentials(String(login.username), String(login.password));
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
