import { createPublicKey, randomUUID, X509Certificate } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, importPKCS8, type JWK, SignJWT } from 'jose';
import { createCertificateAuthority } from '../certificates.ts';
import type { Access } from './token-grants.ts';

/** The way to identify the key: a certificate in the token, or the key's id in a set. */
export type KeyReference = 'x5c' | 'kid';

export interface TokenSigner {
  /** The configuration with which a registry accepts these tokens. */
  readonly trust: { readonly rootCertificatesPem: string } | { readonly jwks: { keys: JWK[] } };
  sign(claims: TokenClaims): Promise<string>;
}

export interface TokenClaims {
  readonly issuer: string;
  readonly service: string;
  readonly subject: string;
  readonly access: readonly Access[];
  readonly expiresInSeconds: number;
}

/** Signs tokens (ES256) in the form that the distribution registry accepts. */
export async function createTokenSigner(reference: KeyReference): Promise<TokenSigner> {
  const authority = await createCertificateAuthority('testbed token signer');
  const { certificatePem, keyPem } = await authority.issue({ names: ['token.test'] });
  const key = await importPKCS8(keyPem, 'ES256');
  const jwk = await publicJwk(keyPem);
  const header =
    reference === 'x5c'
      ? { alg: 'ES256', x5c: [new X509Certificate(certificatePem).raw.toString('base64')] }
      : { alg: 'ES256', kid: jwk.kid };
  return {
    trust:
      reference === 'x5c'
        ? { rootCertificatesPem: authority.certificatePem }
        : { jwks: { keys: [jwk] } },
    sign: ({ issuer, service, subject, access, expiresInSeconds }) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      return new SignJWT({ access })
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setAudience(service)
        .setSubject(subject)
        .setIssuedAt(nowSeconds)
        .setNotBefore(nowSeconds - 5)
        .setExpirationTime(nowSeconds + expiresInSeconds)
        .setJti(randomUUID())
        .sign(key);
    },
  };
}

async function publicJwk(keyPem: string): Promise<JWK & { kid: string }> {
  const jwk = await exportJWK(createPublicKey(keyPem));
  return { ...jwk, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}
