import { Secret } from '@registry-cache/domain';
import { CloudError } from '../cloud-error.ts';
import type { CloudDeps, CloudRegistry, FreshLogin } from '../cloud-login.ts';
import { postForm } from './ask.ts';
import { fetchAccessToken } from './fetch-access-token.ts';

const DEFAULT_LIFETIME_MS = 3_600_000;

/**
 * A refresh token of one container registry: the registry exchanges an access token of Entra ID for
 * it. Pulls then get their tokens from the token service that the registry names.
 * Source: Azure/acr, `docs/AAD-OAuth.md`.
 * @throws CloudError
 */
export async function fetchAcrLogin(
  { host, origin, send }: CloudRegistry,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<FreshLogin> {
  const accessToken = await fetchAccessToken(deps, signal);
  const tenant = deps.env.AZURE_TENANT_ID ?? '';
  const form = {
    grant_type: 'access_token',
    service: host,
    ...(tenant !== '' && { tenant }),
    access_token: accessToken,
  };
  const url = new URL('/oauth2/exchange', origin);
  const { refresh_token } = await postForm(send, url, form, 'the registry', signal);
  if (typeof refresh_token !== 'string' || refresh_token === '') {
    throw new CloudError('azure', 'the registry answered without a refresh token');
  }
  return {
    login: { kind: 'identity-token', token: new Secret(refresh_token) },
    lifetimeMs: lifetimeOf(refresh_token),
  };
}

/** By the claims of the token itself, both of one clock. The answer does not tell it. */
function lifetimeOf(token: string): number {
  const [, payload = ''] = token.split('.');
  let claims: Record<string, unknown> = {};
  try {
    claims = Object(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    // The default follows.
  }
  const { exp, iat } = claims;
  const known = typeof exp === 'number' && typeof iat === 'number' && exp > iat;
  return known ? (exp - iat) * 1000 : DEFAULT_LIFETIME_MS;
}
