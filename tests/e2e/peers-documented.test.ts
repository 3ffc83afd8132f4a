import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  type Container,
  createHttpClient,
  imageName,
  layersOf,
  listTargets,
  makeTemporaryFolder,
  pullTarget,
  type RegistryProcess,
  runContainer,
  runOrThrow,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRunArguments, readShellBlocks } from './documented.ts';
import { readHealth } from './inside.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';

const [SECRET = '', RUN = ''] = readShellBlocks(
  'replicas.md',
  'How do I start them without Kubernetes?',
);
/** The folder of an operator in the document. */
const HOME = '/opt/registry';
const MACHINES = [1, 2, 3];
const UP = /^haproxy_server_status\{proxy="own:peers",.*state="UP"\} 1$/gm;

let stage: Stage;
let upstream: RegistryProcess;
let image: Bundle;
let folder: string;
let replicas: Container[];
/** PEM of the certificate that the first replica has made. */
let ca: string;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'documented peers' });
  folder = stage.use(await makeTemporaryFolder('documented')).path;
  const [first, ...others] = MACHINES.map(homeOf);
  if (first === undefined) throw new Error('no machine');
  await layOut(first);
  await runOrThrow('bash', ['-euc', SECRET.replaceAll(HOME, first)]);
  replicas = [await start(1)];
  ca = await fetchCertificate();
  for (const home of others) {
    await cp(first, home, { recursive: true, filter: (path) => path !== join(first, 'data') });
    await mkdir(join(home, 'data'));
  }
  replicas.push(...(await Promise.all([2, 3].map(start))));
});

afterAll(() => stage[Symbol.asyncDispose]());

it('the replicas of three machines find each other', async () => {
  const countUp = async (replica: Container) =>
    (await readHealth(replica, '/metrics')).match(UP)?.length ?? 0;
  const countAll = () => Promise.all(replicas.map(countUp));
  await expect.poll(countAll, { timeout: 60_000 }).toEqual([3, 3, 3]);
});

it('clients trust all three by one certificate, and each layer is fetched once', async () => {
  for (const machine of MACHINES) {
    const url = `https://${addressOf(machine)}:8443`;
    await using client = createHttpClient({ url, ca, pinned: true });
    for (const target of listTargets('reg.test', 'team/app', 'v1', image)) {
      await pullTarget(client, target);
    }
  }
  const paths = (await upstream.requests()).map(({ path }) => path);
  for (const { digest } of layersOf(image)) {
    expect(paths.filter((path) => path.endsWith(digest))).toHaveLength(1);
  }
});

const homeOf = (machine: number) => join(folder, `machine-${machine}`);

/** An address of the stage's network that podman gives to nobody so soon. */
const addressOf = (machine: number) => stage.network.gateway.replace(/\d+$/, String(210 + machine));

async function layOut(home: string): Promise<void> {
  for (const name of ['auth', 'certs', 'data']) await mkdir(join(home, name), { recursive: true });
  const { pullSecret, policyYaml } = describeUpstreams({ 'reg.test': upstream });
  await writeFile(join(home, 'pull-secret.json'), JSON.stringify(pullSecret));
  await writeFile(join(home, 'policy.yaml'), policyYaml);
}

/** The certificate of the first replica, once it answers. */
async function fetchCertificate(): Promise<string> {
  await using client = createHttpClient({
    url: `https://${addressOf(1)}:8443`,
    trustAnyone: true,
  });
  const fetch = async () => {
    const { status, body } = await client.get('/ca.crt');
    return status === 200 && body.toString();
  };
  return await until('the first replica answers', fetch, { timeoutMs: 60_000 });
}

/** Runs the command of the document, with an address in place of the ports of a machine. */
async function start(machine: number): Promise<Container> {
  const home = homeOf(machine);
  const command = MACHINES.reduce(
    (text, one) => text.replaceAll(`10.0.0.${one}:`, `${addressOf(one)}:`),
    RUN.replace(/ --publish \S+/g, ''),
  );
  const container = await runContainer(imageName(), [
    ...[`--network=${stage.network.name}`, `--ip=${addressOf(machine)}`, '--no-healthcheck'],
    `--volume=${home}/policy.yaml:/registry-cache.yaml:ro`,
    ...readRunArguments(command, { [HOME]: home }),
  ]);
  stage.use({ [Symbol.asyncDispose]: container.remove });
  return container;
}
