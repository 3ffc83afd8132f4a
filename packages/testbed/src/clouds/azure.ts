import { createHash } from 'node:crypto';
import type { OpenIdIssuer } from '../tokens/openid-issuer.ts';
import { createGivenTokens, type GivenTokens } from './given-tokens.ts';
import {
  type CloudService,
  type CloudServiceOptions,
  demand,
  startCloudService,
} from './service.ts';
import { checkSubjectToken } from './subject-token.ts';

const AUDIENCE = 'https://containerregistry.azure.net';
const HOUR_MS = 3_600_000;

export interface AzureOptions extends CloudServiceOptions {
  /** The registry's name: `example.azurecr.io`. */
  readonly registry: string;
  readonly tenant: string;
  readonly clientId: string;
  /** The issuer whose tokens the application trusts. */
  readonly issuer?: OpenIdIssuer;
}

export interface Azure extends AsyncDisposable {
  /** Entra ID, and the paths `/oauth2/…` of the registry. */
  readonly services: CloudService;
  /** The metadata service, by plain http. */
  readonly metadata: CloudService;
  /** Refresh tokens of the registry. */
  readonly refreshTokens: GivenTokens;
  /** Access tokens of the registry, each with its scope. */
  readonly registryTokens: GivenTokens;
  lifetimeMs: number;
}

/** Services of Azure that check what the real ones check. */
export async function startAzure(options: AzureOptions): Promise<Azure> {
  const { host, tenant, clientId, issuer, registry } = options;
  const access = createGivenTokens('aad-');
  const refreshTokens = createGivenTokens('acr-refresh-');
  const registryTokens = createGivenTokens('acr-');
  const give = (now: number) => ({
    access_token: access.give(now, HOUR_MS),
    expires_in: 3600,
    token_type: 'Bearer',
  });
  const services = await startCloudService(options, async ({ method, url, headers, body }) => {
    const now = services.now();
    const form = new URLSearchParams(body);
    demand(method === 'POST', 405, { error: 'method' });
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
    demand(isForm, 400, { error: 'invalid_request' });
    if (url.pathname === `/${tenant}/oauth2/v2.0/token`) {
      const isGrant =
        form.get('grant_type') === 'client_credentials' &&
        form.get('client_id') === clientId &&
        form.get('client_assertion_type') ===
          'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      demand(isGrant, 400, { error: 'unauthorized_client', error_codes: [700_016] });
      demand(form.get('scope') === `${AUDIENCE}/.default`, 400, { error: 'invalid_scope' });
      const refused = { error: 'invalid_client', error_codes: [700_024] };
      demand(issuer !== undefined, 401, refused);
      const assertion = form.get('client_assertion') ?? '';
      await checkSubjectToken(assertion, issuer, 'api://AzureADTokenExchange', now, refused);
      return { body: give(now) };
    }
    demand(form.get('service') === registry, 400, { error: 'invalid_service' });
    if (url.pathname === '/oauth2/exchange') {
      demand(form.get('grant_type') === 'access_token', 400, { error: 'unsupported_grant_type' });
      const isGood = access.check(form.get('access_token') ?? '', now) !== undefined;
      demand(isGood, 401, { errors: [{ code: 'UNAUTHORIZED' }] });
      return { body: { refresh_token: asJwt(refreshTokens, now, azure.lifetimeMs) } };
    }
    demand(url.pathname === '/oauth2/token', 404, { error: 'not_found' });
    demand(form.get('grant_type') === 'refresh_token', 400, { error: 'unsupported_grant_type' });
    const [, , id = ''] = (form.get('refresh_token') ?? '').split('.');
    demand(refreshTokens.check(id, now) !== undefined, 401, { errors: [{ code: 'UNAUTHORIZED' }] });
    return { body: { access_token: registryTokens.give(now, HOUR_MS, form.get('scope') ?? '') } };
  });
  const metadata = await startCloudService(
    host === undefined ? {} : { host },
    ({ url, headers }) => {
      demand(headers.metadata === 'true', 400, { error: 'invalid_request' });
      demand(headers['x-forwarded-for'] === undefined, 403, { error: 'forbidden' });
      demand(url.pathname === '/metadata/identity/oauth2/token', 404, { error: 'not_found' });
      const { searchParams } = url;
      demand(searchParams.get('api-version') === '2018-02-01', 400, { error: 'bad_version' });
      demand(searchParams.get('resource') === AUDIENCE, 400, { error: 'invalid_resource' });
      return { body: give(metadata.now()) };
    },
  );
  const azure: Azure = {
    services,
    metadata,
    refreshTokens,
    registryTokens,
    lifetimeMs: 3 * HOUR_MS,
    async [Symbol.asyncDispose]() {
      await Promise.all([services.server.stop(), metadata.server.stop()]);
    },
  };
  return azure;
}

/** A refresh token is a JWT. Its third part stands for the signature here, and names the token. */
function asJwt(given: GivenTokens, now: number, lifetimeMs: number): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const iat = Math.floor(now / 1000);
  const id = given.give(now, lifetimeMs);
  const jti = createHash('sha256').update(id).digest('hex');
  return `${part({ alg: 'RS256' })}.${part({ iat, exp: iat + lifetimeMs / 1000, jti })}.${id}`;
}
