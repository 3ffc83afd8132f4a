import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  type Aws,
  type Azure,
  createCertificateAuthority,
  type ForwardProxy,
  type Google,
  layersOf,
  makeImage,
  makeTemporaryFolder,
  type OpenIdIssuer,
  pushBundle,
  startAppliance,
  startAws,
  startAzure,
  startForwardProxy,
  startGoogle,
  startOpenIdIssuer,
  type TemporaryFolder,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAcr, startArtifactRegistry, startEcr } from './cloud-registries.ts';
import { listHolders, readMetric } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

const GAR = 'us-central1-docker.pkg.dev';
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const ACR = 'example.azurecr.io';
const AUDIENCES = {
  google:
    '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/k8s',
  aws: 'sts.amazonaws.com',
  azure: 'api://AzureADTokenExchange',
};
/** All logins end this soon, so that a test sees them renewed. */
const LIFETIME_SECONDS = 15;
const IMAGE = makeImage({ seed: 'cloud' });
const LAYER = layersOf(IMAGE)[0]?.digest ?? '';

let stage: Stage;
let issuer: OpenIdIssuer;
let google: Google;
let aws: Aws;
let azure: Azure;
let proxy: ForwardProxy;
let folder: TemporaryFolder;
let federated: Appliance;
let onMachine: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const authority = await createCertificateAuthority();
  const ca = authority.certificatePem;
  const tls = await authority.issue({ names: ['cloud.test', host] });
  issuer = stage.use(await startOpenIdIssuer());
  google = stage.use(
    await startGoogle({ host, tls, pool: { issuer, audience: AUDIENCES.google } }),
  );
  aws = stage.use(await startAws({ host, tls, issuer }));
  const app = { registry: ACR, tenant: 'tenant-1', clientId: 'client-1' };
  azure = stage.use(await startAzure({ host, tls, issuer, ...app }));
  google.lifetimeSeconds = LIFETIME_SECONDS;
  aws.lifetimeMs = LIFETIME_SECONDS * 1000;
  azure.lifetimeMs = LIFETIME_SECONDS * 1000;
  proxy = stage.use(await startForwardProxy({ host, hosts: { 'cloud.test': host } }));

  const behind = await stage.upstream();
  for (const repository of ['project/repo/app', 'project/repo/more']) {
    await pushBundle(behind, repository, 'v1', IMAGE);
  }
  const gar = stage.use(await startArtifactRegistry({ host, behind }, google));
  const ecr = stage.use(await startEcr({ host, behind }, aws, 'eu-west-1'));
  const acr = stage.use(await startAcr({ host, behind }, azure, ca));
  const policyYaml = JSON.stringify({
    upstreams: {
      [GAR]: { url: gar.url, credentials: 'google' },
      [ECR]: { url: ecr.url, credentials: 'aws' },
      [ACR]: { url: acr.url, credentials: 'azure' },
    },
  });

  folder = stage.use(await makeTemporaryFolder('cloud'));
  await chmod(folder.path, 0o755);
  await writeTokens();
  const services = (port: number) => `https://cloud.test:${port}`;
  const account = `${services(google.services.port)}/v1/projects/-/serviceAccounts/puller@project`;
  await write('google.json', {
    type: 'external_account',
    audience: AUDIENCES.google,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${services(google.services.port)}/v1/token`,
    credential_source: { file: '/cloud/google' },
    service_account_impersonation_url: `${account}:generateAccessToken`,
  });
  const pullSecret = { auths: { [GAR]: { auth: btoa('old:password') } } };
  const shared = { pullSecret, policyYaml, upstreamCa: ca, network: stage.network };
  const outside = {
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    NO_PROXY: host,
    AWS_ENDPOINT_URL_ECR: services(aws.services.port),
    AWS_ENDPOINT_URL_STS: services(aws.services.port),
  };
  federated = stage.use(
    await startAppliance({
      ...shared,
      extraMounts: [`${folder.path}:/cloud:ro`],
      env: {
        ...outside,
        GOOGLE_APPLICATION_CREDENTIALS: '/cloud/google.json',
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pull',
        AWS_WEB_IDENTITY_TOKEN_FILE: '/cloud/aws',
        AZURE_CLIENT_ID: app.clientId,
        AZURE_TENANT_ID: app.tenant,
        AZURE_FEDERATED_TOKEN_FILE: '/cloud/azure',
        AZURE_AUTHORITY_HOST: services(azure.services.port),
      },
    }),
  );
  onMachine = stage.use(
    await startAppliance({
      ...shared,
      env: {
        ...outside,
        GCE_METADATA_HOST: `${host}:${google.metadata.port}`,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.metadata.url,
        AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.metadata.url,
      },
    }),
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

async function write(name: string, content: string | object): Promise<void> {
  const path = join(folder.path, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  await chmod(path, 0o644);
}

/** Projects a new token for each cloud, as a kubelet does. */
async function writeTokens(): Promise<void> {
  for (const [name, aud] of Object.entries(AUDIENCES))
    await write(name, await issuer.sign({ aud }));
}

async function pullFromAll(appliance: Appliance, repository: string): Promise<number[]> {
  await using client = appliance.client();
  const paths = [`manifests/v1`, `blobs/${LAYER}`, 'tags/list'];
  const answers = [GAR, ECR, ACR].flatMap((key) =>
    paths.map((path) => client.get(`/v2/${key}/project/repo/${repository}/${path}`)),
  );
  return (await Promise.all(answers)).map(({ status }) => status);
}

const ALL_GOOD = Array.from({ length: 9 }, () => 200);

it("a workload pulls by its identity from three clouds, through the site's proxy", async () => {
  expect(await pullFromAll(federated, 'app')).toEqual(ALL_GOOD);
  const { port } = google.services;
  expect(proxy.seen.map(({ target }) => target)).toContain(`cloud.test:${port}`);
  expect(proxy.seen.every(({ method }) => method === 'CONNECT')).toBe(true);
  for (const { services } of [google, aws, azure]) expect(services.requests).not.toEqual([]);
});

it('logins are renewed after their end, by tokens that were rotated meanwhile', async () => {
  await issuer.rotate();
  await writeTokens();
  await sleep(LIFETIME_SECONDS * 1000);
  const before = [google, aws, azure].map(({ services }) => services.requests.length);
  expect(await pullFromAll(federated, 'more')).toEqual(ALL_GOOD);
  const after = [google, aws, azure].map(({ services }) => services.requests.length);
  expect(after.every((count, index) => count > (before[index] ?? 0))).toBe(true);
  const renewals = 'registry_cache_egress_cloud_logins_total{cloud="google",outcome="ok"}';
  const name = renewals.replace(/[{}"]/g, '\\$&');
  expect(await readMetric(federated, name)).toBeGreaterThanOrEqual(2);
});

it('a machine pulls by its identity, and no proxy sees its metadata service', async () => {
  proxy.seen.length = 0;
  expect(await pullFromAll(onMachine, 'app')).toEqual(ALL_GOOD);
  for (const { metadata } of [google, aws, azure]) {
    expect(metadata.requests).not.toEqual([]);
    const { port } = metadata;
    expect(proxy.seen.filter(({ target }) => target.includes(`:${port}`))).toEqual([]);
  }
});

it('the variables of clouds reach egress and no other program', async () => {
  for (const name of ['AWS_ROLE_ARN', 'AZURE_CLIENT_ID', 'GOOGLE_APPLICATION_CREDENTIALS']) {
    // The kernel shows what supervisord was started with. Its programs do not inherit it.
    expect(await listHolders(federated, name)).toEqual(['supervisord', 'egress']);
  }
});

it('neither variables nor tokens are in the log, and the replaced login is warned of', async () => {
  const log = await federated.logs();
  expect(log).toContain(`no login: the identity of google counts`);
  expect(log).not.toMatch(/\/cloud\/|role\/pull|client-1|tenant-1|ya29|acr-refresh|ecr-\d|eyJ/);
  const { stdout } = await federated.exec(['bash', '-c', 'cat /proc/[0-9]*/cmdline'], {
    user: '0',
  });
  expect(stdout).not.toMatch(/ya29|acr-refresh|eyJ|old:password/);
});
