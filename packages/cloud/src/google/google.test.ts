import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Google, startGoogle, startOpenIdIssuer } from '@registry-cache/testbed';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FreshLogin } from '../cloud-login.ts';
import { sendInside } from '../send-inside.ts';
import { routeTo } from '../testing/route.ts';
import { fetchGoogleLogin } from './fetch-google-login.ts';

const EMAIL = 'puller@project.iam.gserviceaccount.com';
const AUDIENCE =
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/k8s';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'google-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  await rm(dir, { recursive: true });
});

async function write(name: string, content: string | object): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function fetchLogin(google: Google, credentials = ''): Promise<FreshLogin> {
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${google.metadata.port}`);
  const env = { GOOGLE_APPLICATION_CREDENTIALS: credentials };
  const sendOut = routeTo(google.services.url);
  return fetchGoogleLogin({ env, sendOut, sendInside }, AbortSignal.timeout(20_000));
}

function tokenOf({ login }: FreshLogin): string {
  if (login.kind !== 'basic') throw new Error('not a password');
  expect(login.username).toBe('oauth2accesstoken');
  return login.password.reveal();
}

function makeKey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const file = {
    type: 'service_account',
    project_id: 'project',
    private_key_id: 'key-1',
    private_key: key,
    client_email: EMAIL,
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  return { file, account: { email: EMAIL, publicKey } };
}

test('the metadata server gives the token of the machine, and no proxy sees it', async () => {
  await using google = await startGoogle();
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
  vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
  google.lifetimeSeconds = 1800;
  const fresh = await fetchLogin(google);
  expect(google.tokens.check(tokenOf(fresh), Date.now())).toBeDefined();
  expect(fresh.lifetimeMs).toBe(1_800_000);
  expect(google.services.requests).toEqual([]);
});

test('a metadata server that answers 503 is asked again, and named if it stays so', async () => {
  await using google = await startGoogle();
  google.metadata.failures.push(503);
  expect(tokenOf(await fetchLogin(google))).toMatch(/^ya29/);
  google.metadata.failures.push(...Array.from({ length: 20 }, () => 503));
  await expect(fetchLogin(google)).rejects.toThrow(
    'the identity of Google gave no login: a service answered 503 unavailable',
  );
  expect(google.metadata.requests).toHaveLength(5);
});

test('a key file of a service account signs for a token', async () => {
  const { file, account } = makeKey();
  await using google = await startGoogle({ account });
  const fresh = await fetchLogin(google, await write('key.json', file));
  expect(google.tokens.check(tokenOf(fresh), Date.now())).toBeDefined();
  expect(google.services.requests).toEqual(['POST /token']);
});

test('a key file that was replaced is read again, and a wrong key is told without its text', async () => {
  const [old, current] = [makeKey(), makeKey()];
  await using google = await startGoogle({ account: current.account });
  const refused = await fetchLogin(google, await write('key.json', old.file)).catch(String);
  expect(refused).toBe(
    'CloudError: the identity of Google gave no login: a service answered 400 invalid_grant',
  );
  expect(tokenOf(await fetchLogin(google, await write('key.json', current.file)))).toMatch(/^ya29/);
});

test('a clock that is wrong by hours is put right by the clock of Google', async () => {
  const { file, account } = makeKey();
  await using google = await startGoogle({ account });
  for (const skewMs of [-7_200_000, 7_200_000]) {
    google.services.skewMs = skewMs;
    const fresh = await fetchLogin(google, await write('key.json', file));
    expect(google.tokens.check(tokenOf(fresh), google.services.now())).toBeDefined();
    expect(fresh.lifetimeMs).toBe(3_600_000);
  }
});

async function startPool() {
  const issuer = await startOpenIdIssuer();
  const google = await startGoogle({ pool: { issuer, audience: AUDIENCE } });
  const file = {
    type: 'external_account',
    audience: AUDIENCE,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    credential_source: { file: join(dir, 'token') },
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
  };
  return {
    issuer,
    google,
    file,
    async [Symbol.asyncDispose]() {
      await Promise.all([issuer, google].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

test('a workload identity exchanges its projected token, and becomes the service account', async () => {
  await using pool = await startPool();
  const exp = Math.floor(Date.now() / 1000) + 3600;
  await write('token', await pool.issuer.sign({ aud: AUDIENCE, exp }));
  const path = await write('external.json', pool.file);
  pool.google.services.skewMs = 600_000;
  pool.google.lifetimeSeconds = 1200;
  const fresh = await fetchLogin(pool.google, path);
  expect(pool.google.tokens.check(tokenOf(fresh), pool.google.services.now())).toBeDefined();
  expect(fresh.lifetimeMs).toBeGreaterThan(1_190_000);
  expect(fresh.lifetimeMs).toBeLessThanOrEqual(1_201_000);
  expect(pool.google.services.requests).toEqual([
    'POST /v1/token',
    `POST /v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
  ]);
});

test('a projected token is read again each time; one for another audience, or ended, is refused', async () => {
  await using pool = await startPool();
  const path = await write('external.json', pool.file);
  const ended = Math.floor(Date.now() / 1000) - 600;
  for (const claims of [{ aud: 'another' }, { aud: AUDIENCE, exp: ended }]) {
    await write('token', await pool.issuer.sign(claims));
    await expect(fetchLogin(pool.google, path)).rejects.toThrow('400 invalid_grant');
  }
  await pool.issuer.rotate();
  await write('token', await pool.issuer.sign({ aud: AUDIENCE }));
  expect(tokenOf(await fetchLogin(pool.google, path))).toMatch(/^ya29/);
});

test('a file that cannot be used is told by its variable, not by its path or content', async () => {
  await using google = await startGoogle();
  await expect(fetchLogin(google, join(dir, 'missing-s3cret.json'))).rejects.toThrow(
    /^(?!.*s3cret).*GOOGLE_APPLICATION_CREDENTIALS cannot be read \(ENOENT\)$/,
  );
  await expect(fetchLogin(google, await write('broken.json', '{"s3cret"'))).rejects.toThrow(
    /^(?!.*s3cret).*is no JSON with a type; accepted are service_account and external_account$/,
  );
});
