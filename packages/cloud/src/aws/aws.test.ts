import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Aws, type AwsOptions, startAws, startOpenIdIssuer } from '@registry-cache/testbed';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FreshLogin } from '../cloud-login.ts';
import { sendInside } from '../send-inside.ts';
import { routeTo } from '../testing/route.ts';
import { fetchEcrLogin } from './fetch-ecr-login.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const KEY = { id: 'AKIAEXAMPLE', secret: 's3cret/of+the/key' };
const ROLE = 'arn:aws:iam::123456789012:role/pull';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aws-'));
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('HOME', dir);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

async function write(name: string, content: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

function fetchLogin(aws: Aws, host = HOST): Promise<FreshLogin> {
  const deps = { env: {}, sendOut: routeTo(aws.services.url), sendInside };
  return fetchEcrLogin(host, deps, AbortSignal.timeout(20_000));
}

/** The region for which the password is good, or `public`. */
function regionOf(aws: Aws, { login }: FreshLogin): string | undefined {
  if (login.kind !== 'basic') throw new Error('not a password');
  expect(login.username).toBe('AWS');
  return aws.passwords.check(login.password.reveal(), aws.services.now());
}

async function startWithKey(options: AwsOptions = {}): Promise<Aws> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEY.id);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEY.secret);
  return startAws({ key: KEY, ...options });
}

test.each([
  [HOST, 'eu-west-1'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['123456789012.dkr-ecr.ap-south-1.on.aws', 'ap-south-1'],
  ['public.ecr.aws', 'public'],
])('the login for %s is asked for in its region', async (host, region) => {
  await using aws = await startWithKey();
  vi.stubEnv('AWS_REGION', 'sa-east-1');
  const fresh = await fetchLogin(aws, host);
  expect(regionOf(aws, fresh)).toBe(region);
  expect(Math.round(fresh.lifetimeMs / 60_000)).toBe(720);
});

test('a wrong key is told by the code of AWS alone', async () => {
  await using aws = await startWithKey({ key: { ...KEY, secret: 'another' } });
  const told = await fetchLogin(aws).catch(String);
  expect(told).toBe(
    'CloudError: the identity of AWS gave no login: a service answered 400 InvalidSignatureException',
  );
});

test('a clock that is wrong by hours is put right by the clock of AWS', async () => {
  await using aws = await startWithKey();
  aws.services.skewMs = -7_200_000;
  const fresh = await fetchLogin(aws);
  expect(regionOf(aws, fresh)).toBe('eu-west-1');
  expect(Math.round(fresh.lifetimeMs / 60_000)).toBe(720);
});

test('a service that answers 503 is asked again', async () => {
  await using aws = await startWithKey();
  aws.services.failures.push(503, 503);
  expect(regionOf(aws, await fetchLogin(aws))).toBe('eu-west-1');
});

test('a web identity becomes a role, by a projected token that is read again each time', async () => {
  await using issuer = await startOpenIdIssuer();
  await using aws = await startAws({ issuer });
  vi.stubEnv('AWS_ROLE_ARN', ROLE);
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(dir, 'token'));
  await write('token', await issuer.sign({ aud: 'sts.amazonaws.com' }));
  expect(regionOf(aws, await fetchLogin(aws))).toBe('eu-west-1');
  await issuer.rotate();
  await expect(fetchLogin(aws)).rejects.toThrow('gave no login');
  await write('token', await issuer.sign({ aud: 'sts.amazonaws.com' }));
  expect(regionOf(aws, await fetchLogin(aws))).toBe('eu-west-1');
});

test("Pod Identity's agent gives a key for the token of the pod", async () => {
  await using aws = await startAws({ podToken: 'pod-token' });
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${aws.metadata.url}/v1/credentials`);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', await write('pod-token', 'pod-token'));
  expect(regionOf(aws, await fetchLogin(aws))).toBe('eu-west-1');
  expect(aws.metadata.requests).toEqual(['GET /v1/credentials']);
});

test('the metadata service of a machine is asked in its second version', async () => {
  await using aws = await startAws();
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'false');
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', aws.metadata.url);
  expect(regionOf(aws, await fetchLogin(aws))).toBe('eu-west-1');
  expect(aws.metadata.requests[0]).toBe('PUT /latest/api/token');
});

test('a file of credentials counts', async () => {
  await using aws = await startAws({ key: KEY });
  const text = `[default]\naws_access_key_id = ${KEY.id}\naws_secret_access_key = ${KEY.secret}\n`;
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', await write('credentials', text));
  expect(regionOf(aws, await fetchLogin(aws))).toBe('eu-west-1');
});

test('without any identity the reason is told', async () => {
  await using aws = await startAws();
  await expect(fetchLogin(aws)).rejects.toThrow(
    'the identity of AWS gave no login: CredentialsProviderError',
  );
});
