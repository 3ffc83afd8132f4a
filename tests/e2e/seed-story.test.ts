import { chmod } from 'node:fs/promises';
import {
  type Appliance,
  type Bundle,
  createCertificateAuthority,
  createDockerMachineClient,
  makeIndex,
  makeTemporaryFolder,
  openMachine,
  openNetwork,
  pushBundle,
  runCommand,
  runOrThrow,
  startContainerd,
  startDocker,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeCache } from './clients/client-stage.ts';
import { readEnvironment, readPolicyBlock, readShellBlocks } from './documented.ts';
import { expectDone, type FarNode, openFarNode, REGISTRY_NAMES } from './far-node.ts';
import { openStage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';
import { openTrap, type Trap } from './trap.ts';

const [FILL = '', EXPORT = '', START = '', IMPORT = '', CLIENTS = '', PULLS = ''] = readShellBlocks(
  'airgap.md',
  'A site without internet, step by step',
);
const NEAR = 'cache.example.com';
const FAR = 'cache.far.example.com';
const PULL_SECRET = { auths: { 'docker.io': {}, 'quay.io': {} } };
const ANN = { username: 'ann', password: 'of ann' };
/** Addresses of this machine on which the two registries have port 443. */
const HUB_ADDRESS = '127.13.0.2';
const QUAY_ADDRESS = '127.13.0.3';

let stage: Stage;
let near: Appliance;
let far: Appliance;
let trap: Trap;
/** Where the names of registries lead to on the far side. */
let gateway: string;
/** PEM of the authority of the two registries. */
let world: string;
const [mariadb, redis, etcd] = ['mariadb', 'redis', 'etcd'].map((seed) =>
  makeIndex({ seed: `story ${seed}`, architectures: ['amd64', 'arm64'] }),
) as [Bundle, Bundle, Bundle];

beforeAll(async () => {
  stage = await openStage();
  const disk = stage.use(await makeTemporaryFolder('disk'));
  // The programs of the container run as another user.
  await chmod(disk.path, 0o777);
  const extraMounts = [`${disk.path}:/bundles`];
  const [hub, quay] = [await stage.upstream(), await stage.upstream()];
  for (const tag of ['10', '11']) await pushBundle(hub, 'library/mariadb', tag, mariadb);
  await pushBundle(hub, 'library/redis', '7', redis);
  await pushBundle(quay, 'coreos/etcd', 'v3.5.1', etcd);
  await pushBundle(quay, 'coreos/etcd', 'v3.5.0', redis);
  await openWorld({ [HUB_ADDRESS]: hub.url, [QUAY_ADDRESS]: quay.url });
  const upstreams = { 'docker.io': { url: hub.url }, 'quay.io': { url: quay.url } };
  near = await stage.appliance(
    {},
    {
      extraMounts,
      pullSecret: PULL_SECRET,
      policyYaml: `${readPolicyBlock('airgap.md', 'first-box')}upstreams: ${JSON.stringify(upstreams)}\n`,
      passwords: { [ANN.username]: ANN.password },
      env: { CERTIFICATE_NAMES: NEAR },
    },
  );
  const network = stage.use(await openNetwork());
  gateway = network.gateway;
  trap = stage.use(await openTrap(gateway));
  far = await stage.appliance(
    {},
    {
      extraMounts,
      network,
      hasRoute: false,
      hosts: Object.fromEntries(REGISTRY_NAMES.map((name) => [name, gateway])),
      pullSecret: PULL_SECRET,
      policyYaml: '{}',
      env: readEnvironment(START),
    },
  );
  await publishPort443(far);
});

afterAll(() => stage[Symbol.asyncDispose]());

/** The two registries on port 443, under certificates of one authority. */
async function openWorld(urls: Readonly<Record<string, string>>): Promise<void> {
  const authority = await createCertificateAuthority();
  world = authority.certificatePem;
  const tls = await authority.issue({ names: REGISTRY_NAMES });
  for (const [host, upstream] of Object.entries(urls)) {
    stage.use(await startFaultProxy({ host, port: 443, tls, upstream }));
  }
}

/** Does on the container's own network what `--publish 443:8443` does on its machine's. */
async function publishPort443(appliance: Appliance): Promise<void> {
  expect(START).toContain('--publish 443:8443');
  const rule = ['-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '443'];
  const { address } = await describeCache(appliance);
  const enter = [`--target=${await appliance.pid()}`, '--net', 'iptables'];
  const target = ['--destination', address, '-j', 'REDIRECT', '--to-ports', '8443'];
  await runOrThrow('nsenter', [...enter, ...rule, ...target]);
}

/** A machine of an operator, which reaches the registries and the first box. */
async function openOperator() {
  const { address, ca } = await describeCache(near);
  const hub = REGISTRY_NAMES.filter((name) => name !== 'quay.io');
  const hosts = {
    [NEAR]: address,
    'quay.io': QUAY_ADDRESS,
    ...Object.fromEntries(hub.map((name) => [name, HUB_ADDRESS])),
  };
  const machine = await openMachine({ suite: 'trixie', hosts });
  const all = '/etc/ssl/certs/ca-certificates.crt';
  await machine.write(all, (await machine.read(all)) + world);
  await machine.write(`/etc/containers/certs.d/${NEAR}:8443/ca.crt`, ca);
  await machine.write('/root/password', ANN.password);
  return machine;
}

/** Runs documented commands with this container in place of `registry-cache`. */
async function runInside({ id }: Appliance, block: string): Promise<string> {
  const line = block.replaceAll('podman exec registry-cache ', `podman exec ${id} `);
  const result = await runCommand('bash', ['-euc', line]);
  expectDone([line], result);
  return result.stdout;
}

const openNode = (suite: Parameters<typeof openFarNode>[1]['suite']) =>
  openFarNode(far, { suite, cache: FAR, trap: gateway });

/** Runs one of the two lines that the cache prints. */
async function setUp({ run }: FarNode, client: string): Promise<void> {
  const lines = (await runInside(far, CLIENTS)).split('\n');
  const line = lines.find((one) => one.includes(`/setup/${client} `)) ?? `no line for ${client}`;
  // Debian's package brings this file, and the script does not overwrite foreign files.
  await run('rm', '--force', '/etc/containerd/config.toml');
  await run('sh', '-euc', line);
}

/** The documented pull that begins so. */
const pullOf = (start: string) =>
  PULLS.split('\n').find((line) => line.startsWith(start)) ?? `false # no ${start}`;

test('the story of the seed: operators fill a box, which refuses what its rule names', async () => {
  await using operator = await openOperator();
  expectDone([FILL], await operator.run('sh', ['-euc', `cd /root; ${FILL}`]));
  for (const tag of ['10', '11']) {
    await pullTargets(near, listTargets('docker.io', 'library/mariadb', tag, mariadb));
  }
  await pullTargets(near, listTargets('quay.io', 'coreos/etcd', 'v3.5.1', etcd));
  const sync = ['sync', '--all', '--scoped', '--src', 'docker', '--dest', 'docker'];
  const refused = await operator.run('skopeo', [
    ...sync,
    'docker.io/library/redis',
    `${NEAR}:8443`,
  ]);
  // Its first request is a HEAD, whose answer has no message. The audit log has the rule.
  expect([refused.exitCode !== 0, refused.stderr]).toEqual([true, expect.stringContaining('403')]);
  const readAudit = async () => (await near.exec(['registry-cache', 'logs', '--audit'])).stdout;
  const refusal = /refusal +ann@.* docker\.io\/library\/redis:7 .*use valkey/;
  await expect.poll(readAudit, { timeout: 15_000, interval: 500 }).toMatch(refusal);
  const image = `${NEAR}:8443/docker.io/library/redis:7`;
  await operator.run('skopeo', ['logout', `${NEAR}:8443`]);
  const pulled = await operator.run('podman', ['pull', image]);
  expect([pulled.exitCode !== 0, pulled.stderr]).toEqual([
    true,
    expect.stringMatching(/may not pull docker\.io\/library\/redis:7 .*use valkey/),
  ]);
  const mine = await operator.run('podman', [
    'pull',
    '--quiet',
    image.replace('redis:7', 'mariadb:11'),
  ]);
  expectDone(['podman', 'pull'], mine);
});

test('the story of the seed: a disk carries it to a box without a route', async () => {
  await runInside(near, EXPORT);
  expect(await runInside(far, IMPORT)).toContain('; whole; ');
  await pullTargets(far, listTargets('docker.io', 'library/mariadb', '11', mariadb));
  await pullTargets(far, listTargets('quay.io', 'coreos/etcd', 'v3.5.1', etcd));
});

test('the story of the seed: nodes there pull by the original names, and by those of the box', async () => {
  await using podman = await openNode('trixie');
  await setUp(podman, 'podman');
  await podman.run('sh', '-euc', pullOf('podman pull docker.io/'));
  await podman.run('podman', 'pull', 'quay.io/coreos/etcd:v3.5.1');
  await podman.machine.write(`/etc/containers/certs.d/docker-io.${FAR}/ca.crt`, far.ca);
  await podman.run('sh', '-euc', pullOf(`podman pull docker-io.${FAR}/`));
  await using containerd = await openNode('sid');
  await setUp(containerd, 'containerd');
  await startContainerd(containerd.machine);
  for (const name of ['docker.io/library/mariadb:11', 'quay.io/coreos/etcd:v3.5.1']) {
    await containerd.run('ctr', 'images', 'pull', '--hosts-dir=/etc/containerd/certs.d', name);
  }
  await using docker = await openNode('bookworm');
  await docker.machine.write(`/etc/docker/certs.d/${FAR}/ca.crt`, far.ca);
  await startDocker(docker.machine);
  await docker.run('sh', '-euc', pullOf('docker pull '));
  const client = createDockerMachineClient(docker.machine);
  expect((await client.pull(`${FAR}/docker.io/library/redis:7`)).exitCode).not.toBe(0);
  expect(trap.connections()).toBe(0);
});
