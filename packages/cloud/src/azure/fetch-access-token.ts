import { readFile } from 'node:fs/promises';
import { CloudError, plainCode } from '../cloud-error.ts';
import type { CloudDeps } from '../cloud-login.ts';
import { getJson, postForm } from './ask.ts';

/** The name of all container registries in Entra ID. */
const AUDIENCE = 'https://containerregistry.azure.net';
const AUTHORITY = 'https://login.microsoftonline.com/';
const METADATA = 'http://169.254.169.254/';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * An access token of Entra ID for container registries: by the projected token of a workload
 * identity, else by the managed identity of the machine or the app.
 * Source: Microsoft identity platform, "OAuth 2.0 client credentials flow", third case; Azure,
 * "How to use managed identities to acquire an access token".
 * @throws CloudError
 */
export async function fetchAccessToken(deps: CloudDeps, signal: AbortSignal): Promise<string> {
  const answer =
    (deps.env.AZURE_FEDERATED_TOKEN_FILE ?? '') === ''
      ? await askMetadata(deps, signal)
      : await askEntra(deps, signal);
  const { access_token } = answer;
  if (typeof access_token === 'string' && access_token !== '') return access_token;
  throw new CloudError('azure', 'an answer has no access token');
}

type Answer = Readonly<Record<string, unknown>>;

async function askEntra({ env, sendOut }: CloudDeps, signal: AbortSignal): Promise<Answer> {
  const clientId = required(env, 'AZURE_CLIENT_ID');
  const tenant = required(env, 'AZURE_TENANT_ID');
  const assertion = await readAssertion(required(env, 'AZURE_FEDERATED_TOKEN_FILE'));
  const authority = URL.parse(env.AZURE_AUTHORITY_HOST || AUTHORITY);
  if (authority?.protocol !== 'https:') {
    throw new CloudError('azure', 'AZURE_AUTHORITY_HOST is no URL with https');
  }
  const url = new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority);
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: `${AUDIENCE}/.default`,
    client_assertion_type: ASSERTION,
    client_assertion: assertion,
  };
  return postForm(sendOut, url, form, 'Entra ID', signal);
}

/** App Service and Container Apps name an endpoint of their own. Machines have the metadata service. */
function askMetadata({ env, sendInside }: CloudDeps, signal: AbortSignal): Promise<Answer> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, AZURE_CLIENT_ID, AZURE_POD_IDENTITY_AUTHORITY_HOST } =
    env;
  const isOfApp = IDENTITY_ENDPOINT !== undefined && IDENTITY_HEADER !== undefined;
  const url = isOfApp
    ? URL.parse(IDENTITY_ENDPOINT)
    : URL.parse('metadata/identity/oauth2/token', AZURE_POD_IDENTITY_AUTHORITY_HOST || METADATA);
  if (url?.protocol !== 'http:') {
    const name = isOfApp ? 'IDENTITY_ENDPOINT' : 'AZURE_POD_IDENTITY_AUTHORITY_HOST';
    throw new CloudError('azure', `${name} is no URL with http`);
  }
  url.searchParams.set('api-version', isOfApp ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', AUDIENCE);
  if (AZURE_CLIENT_ID) url.searchParams.set('client_id', AZURE_CLIENT_ID);
  const headers: Record<string, string> = isOfApp
    ? { 'x-identity-header': IDENTITY_HEADER }
    : { metadata: 'true' };
  return getJson(sendInside, url, headers, 'the managed identity', signal);
}

/** The kubelet writes a new token into this file now and then, so it is read anew each time. */
async function readAssertion(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    const code = plainCode((error as NodeJS.ErrnoException).code) ?? 'no reason';
    throw new CloudError(
      'azure',
      `the file of AZURE_FEDERATED_TOKEN_FILE cannot be read (${code})`,
    );
  }
}

function required(env: CloudDeps['env'], name: string): string {
  const value = env[name] ?? '';
  if (value === '') throw new CloudError('azure', `${name} is not set`);
  return value;
}
