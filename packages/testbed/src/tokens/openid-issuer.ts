import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { ServerCertificate } from '../certificates.ts';
import { type InterruptibleServer, listenInterruptible } from '../interruptible-server.ts';

/** An OpenID issuer that signs any token, and can be down, slow or wrong. */
export interface OpenIdIssuer extends AsyncDisposable {
  /** The claim `iss`. */
  readonly url: string;
  readonly server: InterruptibleServer;
  /** The key set that it gives out now. Tests may change it. */
  jwks: { keys: JWK[] };
  /** Members of the discovery document that replace its own. */
  discovery: Readonly<Record<string, unknown>>;
  /** Milliseconds before each answer. */
  delayMs: number;
  /** Paths of all requests, in their order. */
  readonly requests: readonly string[];
  /** Signs claims. By default the token is current and for the audience `registry-cache`. */
  sign(claims?: JWTPayload, options?: SignOptions): Promise<string>;
  /** Replaces the key, and signs by the new one. */
  rotate(): Promise<void>;
}

export interface SignOptions {
  /** Members of the header that replace its own. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

export interface OpenIdIssuerOptions {
  readonly host?: string;
  readonly tls?: ServerCertificate;
}

export async function startOpenIdIssuer(options: OpenIdIssuerOptions = {}): Promise<OpenIdIssuer> {
  let current = await makeKey();
  const requests: string[] = [];
  const server = await listenInterruptible({
    ...options,
    onRequest: async ({ url: path = '' }, response) => {
      requests.push(path);
      if (issuer.delayMs > 0) await sleep(issuer.delayMs);
      const body = documents()[path];
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    },
  });
  const documents = (): Record<string, unknown> => ({
    '/.well-known/openid-configuration': {
      issuer: server.url,
      jwks_uri: `${server.url}/keys`,
      ...issuer.discovery,
    },
    '/keys': issuer.jwks,
  });
  const issuer: OpenIdIssuer = {
    url: server.url,
    server,
    jwks: { keys: [current.jwk] },
    discovery: {},
    delayMs: 0,
    requests,
    sign(claims = {}, { header = {}, key = current.privateKey } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const usual = {
        iss: server.url,
        aud: 'registry-cache',
        sub: 'ann',
        iat: now,
        exp: now + 600,
      };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: current.jwk.kid, ...header })
        .sign(key);
    },
    async rotate() {
      current = await makeKey();
      issuer.jwks = { keys: [current.jwk] };
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
  return issuer;
}

async function makeKey(): Promise<{ privateKey: KeyObject; jwk: JWK & { kid: string } }> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk: { ...jwk, use: 'sig', alg: 'RS256', kid: randomUUID() } };
}
