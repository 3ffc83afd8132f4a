import type { IssuerOptions } from '@registry-cache/domain';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type Claims, checkRequired, readSubject, type Subject } from './claims.ts';
import { TokenRefusedError } from './errors.ts';
import type { KeySet } from './keys/key-set.ts';

/** A user who has proved to be one, until a time in seconds since the epoch. */
export interface ProvedSubject extends Subject {
  readonly expiresAt: number;
}

/** Only public keys can check these, so that nobody who knows the keys can make tokens. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** How far the clocks of issuers may be ahead of ours. */
const SKEW_SECONDS = 60;

/**
 * Checks a token by the keys of one issuer: algorithm, signature, issuer, audience, times and
 * required claims. The end of a token is taken by the second: only its beginning may be in the
 * future by some clock skew. Nothing in the token leads to a key but its `kid`, which is compared
 * with those of the set, so `jku`, `jwk` and `x5u` have no effect.
 *
 * @throws TokenRefusedError
 */
export async function checkToken(
  token: string,
  issuer: IssuerOptions,
  keys: KeySet,
  nowMs: number,
): Promise<ProvedSubject> {
  const claims = await verifySignature(token, issuer, keys, nowMs);
  const nowSeconds = nowMs / 1_000;
  const { exp = 0, iat = 0 } = claims;
  if (exp <= nowSeconds) throw new TokenRefusedError('it has expired');
  if (iat > nowSeconds + SKEW_SECONDS) {
    throw new TokenRefusedError('it was issued in the future; compare the clocks', {
      mayChange: true,
    });
  }
  checkRequired(claims as Claims, issuer);
  return { ...readSubject(claims as Claims, issuer), expiresAt: exp };
}

async function verifySignature(
  token: string,
  { issuer, audience }: IssuerOptions,
  keys: KeySet,
  nowMs: number,
): Promise<JWTPayload> {
  const expected = {
    algorithms: ALGORITHMS,
    issuer,
    audience,
    requiredClaims: ['exp'],
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(nowMs),
  };
  try {
    return (await jwtVerify(token, keys.find, expected)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) {
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, expected)).payload;
        } catch (failure) {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw refusal(failure);
        }
      }
      throw refusal(new errors.JWSSignatureVerificationFailed());
    }
    throw refusal(error);
  }
}

/** The reason in words of ours: those of the library may quote the token. */
function refusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new TokenRefusedError('it has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const mayChange = error.claim === 'nbf';
    return new TokenRefusedError(CLAIMS[error.claim] ?? 'one of its claims is wrong', {
      mayChange,
    });
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new TokenRefusedError('its algorithm is not one of a signature with a public key');
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return new TokenRefusedError('its issuer has no such key', { isAboutKeys: true });
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenRefusedError('its signature is wrong', { isAboutKeys: true });
  }
  // A TypeError is a key that does not fit the algorithm, or is too short.
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return new TokenRefusedError('it is damaged, or its key is not usable', { isAboutKeys: true });
  }
  return error;
}

const CLAIMS: Readonly<Record<string, string>> = {
  aud: 'it is made for another audience',
  exp: 'it has no end (exp)',
  iat: 'its time of issue (iat) is not a number',
  iss: 'it names another issuer',
  nbf: 'it is not valid yet; compare the clocks',
};
