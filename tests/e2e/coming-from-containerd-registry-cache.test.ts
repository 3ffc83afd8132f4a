import {
  type Appliance,
  type Bundle,
  createHttpClient,
  type FaultProxy,
  findFreePort,
  type HttpClient,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEnvironment, readShellBlocks } from './documented.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const [COMMAND = ''] = readShellBlocks('coming-from.md', 'containerd-registry-cache');
const CREDENTIALS = `# as containerd-registry-cache reads it
registry.test:
  username: puller
  password: right-s3cret
org.test/team:
  username: org-pull
  password: 0123
`;

let stage: Stage;
let faultProxy: FaultProxy;
let appliance: Appliance;
let node: HttpClient;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const passwords = { puller: 'right-s3cret', 'org-pull': '0123' };
  const registry = await stage.upstream({ passwords });
  const credentials = { username: 'puller', password: 'right-s3cret' };
  for (const tag of ['v1', 'latest', 'not-latest']) {
    image = await pushImage({ ...registry, credentials }, 'team/app', tag, { seed: 'coming' });
  }
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  const policyYaml = JSON.stringify({
    upstreams: { 'registry.test': { url: faultProxy.url }, 'org.test/team': { url: registry.url } },
  });
  const env = readEnvironment(COMMAND);
  expect(env).toEqual({ HTTP_LISTEN: ':3000', MANIFEST_CACHE_NEVER_REGEX: '.*(latest)' });
  const port = await findFreePort('127.0.0.1');
  appliance = await stage.appliance(
    {},
    {
      pullSecret: CREDENTIALS,
      policyYaml,
      env,
      extraArgs: [`--publish=127.0.0.1:${port}:3000`],
    },
  );
  node = stage.use(createHttpClient({ url: `http://127.0.0.1:${port}` }));
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Pulls a tag as a node does by its `hosts.toml`. */
async function pullAsNode(registry: string, tag: string) {
  const { status, headers } = await node.get(`/v2/team/app/manifests/${tag}?ns=${registry}`);
  return [status, headers['docker-content-digest'], headers['x-cache']];
}

test('a host and a prefix of the credentials file are served by plain HTTP, with their logins', async () => {
  expect(await pullAsNode('registry.test', 'v1')).toEqual([200, image.top.digest, 'MISS']);
  expect(await pullAsNode('org.test', 'v1')).toEqual([200, image.top.digest, 'MISS']);
});

test('ignored tags are asked for at each pull, wherever the regex matches, and others are not', async () => {
  for (const tag of ['v1', 'latest', 'not-latest']) await pullAsNode('registry.test', tag);
  // The edge repeats a manifest until the current second is over.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect((await pullAsNode('registry.test', 'v1'))[2]).toBe('HIT');
  for (const tag of ['latest', 'not-latest']) {
    expect(await pullAsNode('registry.test', tag)).toEqual([200, image.top.digest, 'MISS']);
  }
});

test('the file is noted in the log, and no password of it', async () => {
  const logs = await appliance.logs();
  expect(logs).toContain('as the credentials file of containerd-registry-cache');
  expect(logs).not.toContain('right-s3cret');
});
