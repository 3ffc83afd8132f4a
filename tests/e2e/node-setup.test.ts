import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Container,
  imageName,
  makeTemporaryFolder,
  runContainer,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Containerd, startContainerd } from './containerd-daemon.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

/** A node's own hosts.toml, for a mirror that does not exist. */
const OWN = `server = "https://quay.test"

[host."https://mirror.invalid"]
  capabilities = ["pull"]`;

let stage: Stage;
let appliance: Appliance;
let containerd: Containerd;
let node: Container;
/** Has the same path in the node's container, below /node. */
let certsDir: string;
let address: string;

const readHosts = () => readFile(join(certsDir, 'quay.test/hosts.toml'), 'utf8');
const isReady = async () => (await node.exec(['test', '-e', '/tmp/ready'])).exitCode === 0;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'node' });
  appliance = await stage.appliance({ 'quay.test': upstream });
  address = `localhost:${new URL(appliance.url).port}`;
  const { path } = stage.use(await makeTemporaryFolder('node'));
  certsDir = join(path, 'certs.d');
  await mkdir(join(certsDir, 'quay.test'), { recursive: true });
  await mkdir(join(path, 'containerd'));
  await mkdir(join(path, 'record'));
  await writeFile(join(certsDir, 'quay.test/hosts.toml'), OWN);
  await writeFile(join(path, 'ca.crt'), appliance.ca);
  const config = `version = 2
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = ${JSON.stringify(certsDir)}
`;
  await writeFile(join(path, 'containerd/config.toml'), config);
  containerd = stage.use(await startContainerd(appliance.ca, certsDir));
  // As deploy/nodes/daemonset.yaml runs it.
  const args = [
    ...['--network=host', '--user=0', '--cap-drop=all', '--security-opt=no-new-privileges'],
    ...['--read-only', '--tmpfs=/tmp', '--memory=256m', '--entrypoint=/usr/bin/registry-cache'],
    `--volume=${path}/ca.crt:/cache/ca.crt:ro`,
    `--volume=${path}/containerd:/node/etc/containerd`,
    `--volume=${certsDir}:/node${certsDir}`,
    `--volume=${path}/record:/node/var/lib/registry-cache-nodes`,
  ];
  const options = ['--ca=/cache/ca.crt', '--root=/node', '--ready=/tmp/ready'];
  const command = ['node', 'containerd', `--address=${address}`, ...options];
  node = await runContainer(imageName(), args, command);
  stage.use({ [Symbol.asyncDispose]: () => node.remove() });
});

afterAll(() => stage[Symbol.asyncDispose]());

it('containerd pulls through the cache once the node is set up, past its own mirrors', async () => {
  await expect.poll(isReady, { timeout: 30_000 }).toBe(true);
  expect(await readHosts()).toContain(`[host."https://${address}/v2/quay.test"]`);
  // The name exists nowhere, so only the cache can have it.
  expect(await containerd.pull('quay.test/team/app:v1')).toMatchObject({ exitCode: 0 });
});

it('the node has its own file within ten seconds after the cache has gone, and the cache again after its return', async () => {
  await appliance.kill();
  await expect.poll(readHosts, { timeout: 10_000, interval: 100 }).toBe(OWN);
  await expect.poll(isReady).toBe(false);
  await appliance.start();
  await expect.poll(readHosts, { timeout: 30_000 }).toContain(address);
});

it('the node has its own files back when the set-up ends', async () => {
  await node.stop();
  expect(await readHosts()).toBe(OWN);
  expect(await node.logs()).toContain('node is put back');
  expect(await containerd.pull('quay.test/team/app:v1')).not.toMatchObject({ exitCode: 0 });
});
