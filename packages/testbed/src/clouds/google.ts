import type { KeyObject } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { OpenIdIssuer } from '../tokens/openid-issuer.ts';
import { createGivenTokens, type GivenTokens } from './given-tokens.ts';
import {
  type CloudAnswer,
  type CloudRequestSeen,
  type CloudService,
  type CloudServiceOptions,
  demand,
  startCloudService,
} from './service.ts';
import { checkSubjectToken } from './subject-token.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const DEFAULT_SECONDS = 3600;

export interface GoogleOptions extends CloudServiceOptions {
  /** A service account with a key. */
  readonly account?: { readonly email: string; readonly publicKey: KeyObject };
  /** The issuer of a workload identity pool, and the pool's provider. */
  readonly pool?: { readonly issuer: OpenIdIssuer; readonly audience: string };
}

export interface Google extends AsyncDisposable {
  /** The metadata server, by plain http: `127.0.0.1:PORT`. */
  readonly metadata: CloudService;
  /** The token endpoint of accounts (`/token`), STS (`/v1/token`) and impersonation. */
  readonly services: CloudService;
  /** Access tokens. Each is good for `lifetimeSeconds`. */
  readonly tokens: GivenTokens;
  lifetimeSeconds: number;
}

/** Google's metadata server and token services, which check what the real ones check. */
export async function startGoogle(options: GoogleOptions = {}): Promise<Google> {
  const { host } = options;
  const tokens = createGivenTokens('ya29.');
  const federated = createGivenTokens('federated.');
  const give = (now: number) => ({
    access_token: tokens.give(now, google.lifetimeSeconds * 1000),
    expires_in: google.lifetimeSeconds,
    token_type: 'Bearer',
  });
  const metadata = await startCloudService(
    host === undefined ? {} : { host },
    ({ url, headers }) => {
      demand(
        headers['metadata-flavor'] === 'Google',
        403,
        'Missing Metadata-Flavor:Google header.',
      );
      demand(headers['x-forwarded-for'] === undefined, 403, 'X-Forwarded-For is not allowed.');
      const isToken = /^\/computeMetadata\/v1\/instance\/service-accounts\/default\/token$/;
      demand(isToken.test(url.pathname), 404, 'Not found');
      return { headers: { 'metadata-flavor': 'Google' }, body: give(metadata.now()) };
    },
  );
  const services = await startCloudService(options, async (request): Promise<CloudAnswer> => {
    const { pathname } = request.url;
    if (pathname === '/token') {
      await checkAssertion(request, options, services.now());
      return { body: give(services.now()) };
    }
    if (pathname === '/v1/token') {
      await checkExchange(request, options, services.now());
      const lifetimeMs = DEFAULT_SECONDS * 1000;
      return {
        body: {
          access_token: federated.give(services.now(), lifetimeMs),
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          token_type: 'Bearer',
          expires_in: DEFAULT_SECONDS,
        },
      };
    }
    demand(/:generateAccessToken$/.test(pathname), 404, { error: 'not_found' });
    const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const isFederated = federated.check(bearer, services.now()) !== undefined;
    demand(isFederated, 401, { error: { code: 401, status: 'UNAUTHENTICATED' } });
    const { scope } = JSON.parse(request.body) as { scope: string[] };
    demand(scope.includes(SCOPE), 400, { error: { code: 400, status: 'INVALID_ARGUMENT' } });
    const { access_token, expires_in } = give(services.now());
    const expireTime = new Date(services.now() + expires_in * 1000).toISOString();
    return { body: { accessToken: access_token, expireTime } };
  });
  const google: Google = {
    metadata,
    services,
    tokens,
    lifetimeSeconds: DEFAULT_SECONDS,
    async [Symbol.asyncDispose]() {
      await Promise.all([metadata.server.stop(), services.server.stop()]);
    },
  };
  return google;
}

/** The assertion of a key: signed by it, for this endpoint, of now, for an hour at most. */
async function checkAssertion(
  { body }: CloudRequestSeen,
  { account }: GoogleOptions,
  now: number,
): Promise<void> {
  const form = new URLSearchParams(body);
  const refused = { error: 'invalid_grant', error_description: 'Invalid JWT' };
  demand(account !== undefined, 400, refused);
  const isGrant = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  demand(isGrant, 400, { error: 'unsupported_grant_type' });
  const { payload } = await jwtVerify(form.get('assertion') ?? '', account.publicKey, {
    algorithms: ['RS256'],
    audience: TOKEN_URL,
    issuer: account.email,
    currentDate: new Date(now),
  }).catch(() => demandNothing(refused));
  const { iat = 0, exp = 0, scope } = payload;
  demand(exp - iat <= 3600 && iat * 1000 <= now + 30_000, 400, refused);
  demand(scope === SCOPE, 400, { error: 'invalid_scope' });
}

function demandNothing(body: object): never {
  demand(false, 400, body);
}

/** Source: RFC 8693, section 2.1, and Google's STS. */
async function checkExchange(
  { body }: CloudRequestSeen,
  { pool }: GoogleOptions,
  now: number,
): Promise<void> {
  const form = new URLSearchParams(body);
  demand(pool !== undefined, 400, { error: 'invalid_target' });
  const isExchange =
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
    form.get('subject_token_type') === 'urn:ietf:params:oauth:token-type:jwt' &&
    form.get('requested_token_type') === 'urn:ietf:params:oauth:token-type:access_token';
  demand(isExchange, 400, { error: 'invalid_request' });
  demand(form.get('audience') === pool.audience, 400, { error: 'invalid_target' });
  demand(form.get('scope') === SCOPE, 400, { error: 'invalid_scope' });
  const token = form.get('subject_token') ?? '';
  await checkSubjectToken(token, pool.issuer, pool.audience, now);
}
