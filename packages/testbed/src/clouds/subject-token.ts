import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { OpenIdIssuer } from '../tokens/openid-issuer.ts';
import { Refusal } from './service.ts';

/** Checks a token of a workload: its signature, issuer, audience and times. @throws Refusal */
export async function checkSubjectToken(
  token: string,
  issuer: OpenIdIssuer,
  audience: string,
  now: number,
  refused: object = { error: 'invalid_grant' },
): Promise<void> {
  const keys = createLocalJWKSet(issuer.jwks as JSONWebKeySet);
  const options = { issuer: issuer.url, audience, currentDate: new Date(now) };
  await jwtVerify(token, keys, options).catch(() => {
    throw new Refusal(400, refused);
  });
}
