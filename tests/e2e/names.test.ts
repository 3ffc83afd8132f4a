import {
  type Appliance,
  createPodmanClient,
  type FaultProxy,
  layersOf,
  makeImage,
  pushBundle,
  startFaultProxy,
  startTokenService,
  type TokenService,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const IMAGE = makeImage({ seed: 'names' });
const LAYER = layersOf(IMAGE)[0]?.digest ?? '';
const ACCOUNTS = { everyone: 'pass-1', robot: 'pass-2', deep: 'pass-3' };
let stage: Stage;
let faultProxy: FaultProxy;
let tokens: TokenService;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const registry = await stage.upstream();
  for (const repository of ['library/alpine', 'team/app', 'team/ported', 'team/aliased']) {
    await pushImage(registry, repository, 'v1', { seed: 'names' });
  }
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));

  tokens = stage.use(await startTokenService({ host, passwords: ACCOUNTS, anonymous: false }));
  const guarded = await stage.upstream({ tokens: tokens.trust });
  for (const repository of ['org/app', 'org/more', 'org/deep/app', 'organ/app', 'team/app']) {
    const token = await tokens.issue(`repository:${repository}:pull,push`);
    await pushBundle({ ...guarded, token }, repository, 'v1', IMAGE);
  }
  const entry = (username: keyof typeof ACCOUNTS) => ({
    url: guarded.url,
    entry: { username, password: ACCOUNTS[username] },
  });
  appliance = await stage.appliance({
    'https://index.docker.io/v1/': { url: faultProxy.url, aliases: ['hub'] },
    'reg.test:5000': { url: faultProxy.url, aliases: ['short'] },
    'quay.test': entry('everyone'),
    'quay.test/org': { ...entry('robot'), aliases: ['q'] },
    'quay.test/org/deep': entry('deep'),
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(() => faultProxy.forget());

it('docker.io/alpine and docker.io/library/alpine are one repository', async () => {
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const short = await podman.pull(`${appliance.registry}/docker.io/alpine:v1`);
  expect(short).toMatchObject({ exitCode: 0 });
  const asked = faultProxy.seen.map(({ path }) => path).filter((path) => path !== '/v2/');
  expect(asked.every((path) => path.startsWith('/v2/library/alpine/'))).toBe(true);
  expect(faultProxy.count({ kind: 'blob', method: 'GET' })).toBe(IMAGE.blobs.length);

  faultProxy.forget();
  await podman.removeImages();
  const long = await podman.pull(`${appliance.registry}/docker.io/library/alpine:v1`);
  expect(long).toMatchObject({ exitCode: 0 });
  expect(faultProxy.count({ kind: 'blob' })).toBe(0);
  const repositories = '/var/lib/registry/registries/docker.io/docker/registry/v2/repositories';
  const kept = await appliance.exec(['find', repositories, '-name', '_layers']);
  expect(kept.stdout.split('\n')).toEqual([`${repositories}/library/alpine/_layers`]);
});

it('names of two parts on docker.io stay as they are, also under an alias', async () => {
  await using client = appliance.client();
  for (const name of ['docker.io', 'hub']) {
    expect((await client.get(`/v2/${name}/team/app/manifests/v1`)).status).toBe(200);
    const listed = await client.get(`/v2/${name}/alpine/tags/list`);
    expect(listed.json()).toEqual({ name: 'library/alpine', tags: ['v1'] });
  }
  expect(faultProxy.count({ path: /library\/team/ })).toBe(0);
});

it.each([
  ['its raw form', 'reg.test:5000', 'reg.test_5000'],
  ['an alias', 'short', 'reg.test_5000'],
])('a key with a port is also served under %s, from the same store', async (what, other, name) => {
  const repository = what === 'an alias' ? 'team/aliased' : 'team/ported';
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const pulled = await podman.pull(`${appliance.registry}/${name}/${repository}:v1`);
  expect(pulled).toMatchObject({ exitCode: 0 });
  await using client = appliance.client();
  const blob = await client.get(`/v2/${other}/${repository}/blobs/${LAYER}`);
  expect([blob.status, blob.headers['x-cache']]).toEqual([200, 'HIT']);
  // The blob may be stored for another registry. Then it was linked, not fetched.
  expect(faultProxy.count({ kind: 'blob', method: 'GET', reference: LAYER })).toBeLessThan(2);
});

it.each([
  ['quay.test/team/app', 'everyone'],
  ['quay.test/org/app', 'robot'],
  ['quay.test/org/deep/app', 'deep'],
  // This is not below `quay.test/org`: a namespace consists of whole parts of a name.
  ['quay.test/organ/app', 'everyone'],
  ['q/org/more', 'robot'],
])('%s is requested as %s, by the longest matching key', async (name, user) => {
  tokens.requests.length = 0;
  await using client = appliance.client();
  const answer = await client.get(`/v2/${name}/tags/list`);
  expect(answer.status).toBe(200);
  const repository = name.replace(/^[^/]+\//, '');
  expect(answer.json()).toEqual({ name: repository, tags: ['v1'] });
  const asked = tokens.requests.map(({ username, scopes }) => [username, scopes]);
  expect(asked).toEqual([[user, [`repository:${repository}:pull`]]]);
});

it('the content of one account is not served to other accounts', async () => {
  tokens.requests.length = 0;
  await using client = appliance.client();
  const blob = (name: string) => client.get(`/v2/${name}/blobs/${LAYER}`);
  expect((await blob('quay.test/org/app')).status).toBe(200);
  tokens.policy.passwords.set('everyone', 'changed');
  const refused = readError(await blob('quay.test/team/nothing'));
  expect(refused).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  tokens.policy.passwords.set('everyone', ACCOUNTS.everyone);
  const asked = tokens.requests.map(({ username, scopes }) => [username, scopes]);
  expect(asked).toContainEqual(['everyone', ['repository:team/nothing:pull']]);
});
