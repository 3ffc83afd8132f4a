import {
  type Bundle,
  type Credentials,
  type Machine,
  type MachineClient,
  type OpenIdIssuer,
  openMachine,
  type RegistryProcess,
  startOpenIdIssuer,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CACHE, type Cache, describeCache } from './clients/client-stage.ts';
import { EACH_CLIENT } from './clients/each-client.ts';
import { expectFailure, expectSuccess, untilStored } from './clients/proofs.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';

const ANN = { username: 'ann', password: 'pass of ann' };
const BOB = { username: 'bob', password: 'pass of bob' };
const ACCESS = {
  groups: { ops: ['ann'] },
  anonymous: ['pull'],
  default: ['pull'],
  rules: [
    { images: ['**'], users: ['group:ops', 'ci:*'], allow: ['fetch'] },
    { images: ['*/*/banned'], deny: ['pull'], because: 'use valkey' },
  ],
};
const BY_RULE = /may not pull \S+\/banned:v1 \(rule 2: use valkey\)/;
const NO_RULE = /may not fetch \S+\/new:v1 \(no rule allows it\)/;

let stage: Stage;
let upstream: RegistryProcess;
let issuer: OpenIdIssuer;
let cache: Cache;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  issuer = stage.use(await startOpenIdIssuer({ host: stage.network.gateway }));
  const uses = { 'quay.io': upstream, 'docker.io': upstream };
  const issuers = [{ issuer: issuer.url, audience: 'registry-cache', user: 'sub', prefix: 'ci:' }];
  const { upstreams } = JSON.parse(describeUpstreams(uses).policyYaml);
  const appliance = await stage.appliance(uses, {
    passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
    policyYaml: JSON.stringify({ upstreams, access: ACCESS, authentication: { issuers } }),
    env: { CERTIFICATE_NAMES: 'cache.test' },
  });
  cache = await describeCache(appliance);
});

afterAll(() => stage?.[Symbol.asyncDispose]());

async function bringIn(path: string, image: Bundle): Promise<void> {
  await using http = cache.appliance.client({ credentials: ANN });
  await http.get(`${path}/manifests/v1`);
  for (const { digest } of image.blobs) await http.get(`${path}/blobs/${digest}`);
  await untilStored(cache, path, image);
}

/** Proves whose login the client sent. */
async function untilFetchedBy(user: string, repository: string): Promise<void> {
  await until(`${user} has fetched ${repository}`, async () =>
    (await cache.appliance.accessLog()).some(
      (line) => line.repository === repository && line.user === user && line.status === 200,
    ),
  );
}

describe.each(Object.entries(EACH_CLIENT))('%s', (title, { suite, setUp, ...way }) => {
  const team = title.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
  const nameOf = (name: string) => way.nameOf(`${way.registry}/${team}/${name}:v1`);
  let machine: Machine;
  let client: MachineClient;

  beforeAll(async () => {
    for (const name of ['here', 'new', 'own', 'job', 'banned']) {
      const image = await pushImage(upstream, `${team}/${name}`, 'v1', { seed: team + name });
      if (name === 'here') await bringIn(`/v2/${way.registry}/${team}/here`, image);
    }
    await upstream.forget();
    machine = await openMachine({ suite, hosts: { 'cache.test': cache.address } });
    client = await setUp(machine, cache);
  });
  afterAll(() => machine?.stop());

  const logIn = async (credentials: Credentials) =>
    expectSuccess(await client.login(CACHE, credentials));

  /** A refused image costs its registry nothing. */
  async function expectRefused(name: 'new' | 'banned', words: RegExp): Promise<void> {
    expectFailure(await client.pull(nameOf(name)), words);
    const asked = (await upstream.requests()).filter(({ path }) => path.includes(`/${name}/`));
    expect(asked).toEqual([]);
  }

  test('pulls what is here without a login, and nothing else', async () => {
    expectSuccess(await client.pull(nameOf('here')));
    await expectRefused('new', way.loginNeeded ?? way.refusal ?? NO_RULE);
    await expectRefused('banned', way.refusal ?? BY_RULE);
  });

  test('pulls what is here as a user who may not fetch, and reports the rule', async () => {
    await client.removeImages();
    await logIn(BOB);
    expectSuccess(await client.pull(nameOf('here')));
    await expectRefused('new', way.refusal ?? NO_RULE);
    await expectRefused('banned', way.refusal ?? BY_RULE);
  });

  test('fetches with the token of an issuer as its password', async () => {
    await logIn({ username: 'token', password: await issuer.sign({ sub: 'job' }) });
    expectSuccess(await client.pull(nameOf('job')));
    await expectRefused('banned', way.refusal ?? BY_RULE);
    await untilFetchedBy('ci:job', `${team}/job`);
  });

  test('fetches as a user who may', async () => {
    const name = way.keepsTokens ? 'own' : 'new';
    await logIn(ANN);
    expectSuccess(await client.pull(nameOf(name)));
    await untilFetchedBy('ann', `${team}/${name}`);
  });
});
