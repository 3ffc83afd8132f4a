import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Azure, startAzure, startOpenIdIssuer } from '@registry-cache/testbed';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FreshLogin } from '../cloud-login.ts';
import { sendInside } from '../send-inside.ts';
import { routeTo } from '../testing/route.ts';
import { fetchAcrLogin } from './fetch-acr-login.ts';

const HOST = 'example.azurecr.io';
const ASSERTED = 'api://AzureADTokenExchange';
const APP = { registry: HOST, tenant: 'tenant-1', clientId: 'client-1' };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'azure-'));
});
afterEach(() => rm(dir, { recursive: true }));

function fetchLogin(azure: Azure, env: Record<string, string>): Promise<FreshLogin> {
  const send = routeTo(azure.services.url);
  const registry = { cloud: 'azure', host: HOST, origin: `https://${HOST}`, send } as const;
  const deps = { env, sendOut: send, sendInside };
  return fetchAcrLogin(registry, deps, AbortSignal.timeout(20_000));
}

/** Whether the registry takes the refresh token. */
function isGood({ refreshTokens, services }: Azure, { login }: FreshLogin): boolean {
  if (login.kind !== 'identity-token') throw new Error('not a refresh token');
  const id = login.token.reveal().split('.')[2] ?? '';
  return refreshTokens.check(id, services.now()) !== undefined;
}

function federated(): Record<string, string> {
  return {
    AZURE_CLIENT_ID: APP.clientId,
    AZURE_TENANT_ID: APP.tenant,
    AZURE_FEDERATED_TOKEN_FILE: join(dir, 'token'),
  };
}

test('a federated token is exchanged for a refresh token of the registry', async () => {
  await using issuer = await startOpenIdIssuer();
  await using azure = await startAzure({ ...APP, issuer });
  await writeFile(join(dir, 'token'), await issuer.sign({ aud: ASSERTED }));
  azure.services.skewMs = 0;
  const fresh = await fetchLogin(azure, federated());
  expect(isGood(azure, fresh)).toBe(true);
  expect(fresh.lifetimeMs).toBe(3 * 3_600_000);
  expect(azure.services.requests).toEqual([
    'POST /tenant-1/oauth2/v2.0/token',
    'POST /oauth2/exchange',
  ]);
});

test('the federated token is read again each time, and a wrong one is told by number', async () => {
  await using issuer = await startOpenIdIssuer();
  await using azure = await startAzure({ ...APP, issuer });
  await writeFile(join(dir, 'token'), await issuer.sign({ aud: 'another' }));
  await expect(fetchLogin(azure, federated())).rejects.toThrow(
    'the identity of Azure gave no login: Entra ID answered 400 invalid_client 700024',
  );
  await writeFile(join(dir, 'token'), `${await issuer.sign({ aud: ASSERTED })}\n`);
  expect(isGood(azure, await fetchLogin(azure, federated()))).toBe(true);
});

test('a managed identity asks the metadata service', async () => {
  await using azure = await startAzure(APP);
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.metadata.url };
  expect(isGood(azure, await fetchLogin(azure, env))).toBe(true);
  expect(azure.metadata.requests).toEqual(['GET /metadata/identity/oauth2/token']);
});

test('services that answer 503 are asked again', async () => {
  await using azure = await startAzure(APP);
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.metadata.url };
  azure.metadata.failures.push(503);
  azure.services.failures.push(429);
  expect(isGood(azure, await fetchLogin(azure, env))).toBe(true);
});

test('variables that are missing or wrong are named', async () => {
  await using azure = await startAzure(APP);
  const { AZURE_TENANT_ID: _, ...without } = federated();
  await expect(fetchLogin(azure, without)).rejects.toThrow('AZURE_TENANT_ID is not set');
  await expect(fetchLogin(azure, federated())).rejects.toThrow(
    'the file of AZURE_FEDERATED_TOKEN_FILE cannot be read (ENOENT)',
  );
  await writeFile(join(dir, 'token'), 'token');
  const plain = { ...federated(), AZURE_AUTHORITY_HOST: 'http://login.example.com/' };
  await expect(fetchLogin(azure, plain)).rejects.toThrow(
    'AZURE_AUTHORITY_HOST is no URL with https',
  );
});
