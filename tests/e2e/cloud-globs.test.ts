import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Aws,
  createCertificateAuthority,
  createPodmanClient,
  layersOf,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startAws,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEcr } from './cloud-registries.ts';
import { readError } from './responses.ts';
import { openStage, type Stage } from './stage.ts';

/** Addresses that count as public, because registries on demand need those. */
const SUBNET = '11.203.114.0/24';
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
/** A name that fits the key with stars, and that is no registry of AWS. */
const NOT_ECR = '123456789012.dkr.ecr.evil.amazonaws.com';
const ECR_KEY = '*.dkr.ecr.*.amazonaws.com';
const IMAGE = makeImage({ seed: 'globs' });
const LAYER = layersOf(IMAGE)[0]?.digest ?? '';

let stage: Stage;
let aws: Aws;
let appliance: Appliance;
/** A registry with a login, `*.example.com` with its port. */
let own: RegistryProcess;
let pullSecret: { auths: Record<string, object> };

beforeAll(async () => {
  stage = await openStage({ subnet: SUBNET });
  const host = stage.network.gateway;
  const names = [ECR, NOT_ECR, 'eu.example.com', 'a.eu.example.com', 'eu.later.test', 'aws.test'];
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: [...names, host] });
  aws = stage.use(await startAws({ host, tls }));
  const behind = await stage.upstream();
  await pushBundle(behind, 'app', '1', IMAGE);
  stage.use(await startEcr({ host, behind, tls, port: 443 }, aws, 'eu-west-1'));
  own = await stage.upstream({ tls, passwords: { ann: 'glob-s3cret' } });
  const target = {
    ...own,
    ca: authority.certificatePem,
    credentials: { username: 'ann', password: 'glob-s3cret' },
  };
  await pushBundle(target, 'team/app', '1', IMAGE);
  // No key names a registry.
  pullSecret = {
    auths: {
      [ECR_KEY]: {},
      [`*.example.com:${own.port}`]: { auth: btoa('ann:glob-s3cret') },
    },
  };
  const services = `https://aws.test:${aws.services.port}`;
  appliance = await stage.appliance(
    {},
    {
      pullSecret,
      policyYaml: JSON.stringify({ upstreams: { [ECR_KEY]: { credentials: 'aws' } } }),
      upstreamCa: authority.certificatePem,
      hosts: Object.fromEntries(names.map((name) => [name, host])),
      env: {
        AWS_ENDPOINT_URL_ECR: services,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.metadata.url,
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const readRecord = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(appliance.storeDir, 'on-demand.json'), 'utf8'));

it('podman pulls from a registry of a cloud that only a key with stars fits', async () => {
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const pulled = await podman.pull(`${appliance.registry}/${ECR}/app:1`);
  expect(pulled).toMatchObject({ exitCode: 0 });
  expect(aws.services.requests).not.toEqual([]);
  expect(await readRecord()).toEqual([ECR]);
});

it('a login of a key with a star goes to the registry that a client names', async () => {
  await using client = appliance.client();
  const found = await client.get(`/v2/team/app/blobs/${LAYER}?ns=eu.example.com:${own.port}`);
  expect(found.status).toBe(200);
  expect(await readRecord()).toEqual([ECR, `eu.example.com:${own.port}`]);
});

it('names beyond the keys are refused, and nobody is asked for them', async () => {
  await using client = appliance.client();
  const { port } = own;
  for (const name of [NOT_ECR, `a.eu.example.com:${port}`, 'eu.example.com', `${ECR}:${port}`]) {
    const told = readError(await client.get(`/v2/team/app/manifests/1?ns=${name}`));
    expect(told).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    expect(told.message).toContain(`; on demand: ${ECR_KEY}, *.example.com:${port}`);
  }
});

it('check and the log show such keys', async () => {
  const { stdout } = await appliance.exec(['registry-cache', 'check']);
  expect(stdout).toContain(`${ECR_KEY}: on demand, cloud\n`);
  expect(stdout).toContain(`*.example.com:${own.port}: on demand, basic\n`);
  const log = await appliance.logs();
  expect(log).toContain('anybody who reaches the port pulls with your credentials');
  expect(log).not.toContain('glob-s3cret');
});

it('a key that is added while the cache runs serves registries, until it is taken out', async () => {
  await using client = appliance.client();
  const ask = () => client.get(`/v2/team/app/manifests/1?ns=eu.later.test:${own.port}`);
  expect((await ask()).status).toBe(404);
  const login = { auth: btoa('ann:glob-s3cret') };
  const more = { ...pullSecret.auths, [`*.later.test:${own.port}`]: login };
  await appliance.writePullSecret({ auths: more });
  await until('it is served', async () => (await ask()).status === 200);
  await appliance.writePullSecret(pullSecret);
  await until('it is served no more', async () => (await ask()).status === 404);
});
