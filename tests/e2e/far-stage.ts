import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  createHttpClient,
  type DebianSuite,
  makeIndex,
  makeTemporaryFolder,
  openMachine,
  openNetwork,
  pushBundle,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { COSIGN_FORMS, type Cosign, type CosignForm, createCosign } from './cosign.ts';
import { expectDone, type FarNode, openFarNode, REGISTRY_NAMES } from './far-node.ts';
import { pushChart } from './helm.ts';
import { openStage, type Stage } from './stage.ts';
import { openTrap, type Trap } from './trap.ts';

/** The far cache as its clients name it. */
export const CACHE = 'cache.test:8443';
const FORMS = Object.keys(COSIGN_FORMS) as CosignForm[];
/** The repository with the signature and the attestation of each form. */
export const SIGNED = FORMS.map((form, index) => ({ form, repository: `team/signed${index}` }));
export const CHART = { name: 'hello', version: '1.2.3' };
/** Both commands read it: what is fetched, and what goes onto the disk. */
const LIST = [
  'quay.io/team/app:v1',
  ...SIGNED.map(({ repository }) => `quay.io/${repository}:v1`),
  `quay.io/charts/${CHART.name}:${CHART.version}`,
  'docker.io/library/alpine:3',
].join('\n');

/** Content of two registries. */
export interface Content {
  readonly app: Bundle;
  /** The digests of the referrers of `app`, as its registry has them. */
  readonly referrers: readonly string[];
  readonly signed: ReadonlyMap<string, Bundle>;
  readonly alpine: Bundle;
}

/** A cache that has its content from a disk, on a network without a route. */
export interface FarSide extends Content, AsyncDisposable {
  readonly far: Appliance;
  readonly cosign: Cosign;
  /** Where the names of registries lead to. */
  readonly trap: Trap;
  node(suite: DebianSuite): Promise<FarNode>;
}

/** A cache near two registries is warmed and exported, and a far one imports the bundle. */
export async function openFarSide(): Promise<FarSide> {
  const stage = await openStage();
  try {
    const cosign = stage.use(await createCosign());
    const folder = stage.use(await makeTemporaryFolder('far-side'));
    // The programs of the container run as another user.
    await chmod(folder.path, 0o777);
    const mounts = { extraMounts: [`${folder.path}:/bundles`] };
    const [quay, hub] = [await stage.upstream(), await stage.upstream()];
    const content = await fillRegistries(quay, hub, cosign);
    const near = await stage.appliance({ 'quay.io': quay, 'docker.io': hub }, mounts);
    await writeFile(join(folder.path, 'list.txt'), `${LIST}\n`);
    await command(near, 'warm', '/bundles/list.txt');
    await command(near, 'export', '--out', '/bundles/site', '--list', '/bundles/list.txt');
    const { gateway, far } = await startFar(stage, mounts);
    const trap = stage.use(await openTrap(gateway));
    await command(far, 'import', '/bundles/site');
    return {
      ...content,
      far,
      cosign,
      trap,
      node: (suite) => openFarNode(far, { suite, trap: gateway }),
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

async function startFar(stage: Stage, mounts: { readonly extraMounts: readonly string[] }) {
  const network = stage.use(await openNetwork());
  const { gateway } = network;
  const options = {
    ...mounts,
    network,
    hasRoute: false,
    hosts: Object.fromEntries(REGISTRY_NAMES.map((name) => [name, gateway])),
    pullSecret: { auths: { 'quay.io': {}, 'docker.io': {} } },
    policyYaml: '{}',
    env: {
      OFFLINE: 'true',
      CONNECT_PROXY: 'on',
      CERTIFICATE_NAMES: 'cache.test *.cache.test',
    },
  };
  return { gateway, far: await stage.appliance({}, options) };
}

async function fillRegistries(
  quay: RegistryProcess,
  hub: RegistryProcess,
  cosign: Cosign,
): Promise<Content> {
  const at = `${quay.host}:${quay.port}`;
  const push = async (repository: string) => {
    const image = makeIndex({ seed: repository, architectures: ['amd64', 'arm64'] });
    await pushBundle(quay, repository, 'v1', image);
    return image;
  };
  const app = await push('team/app');
  const signed = new Map<string, Bundle>();
  for (const { form, repository } of SIGNED) {
    const image = await push(repository);
    signed.set(repository, image);
    await cosign.sign(form, `${at}/${repository}@${image.top.digest}`);
    await cosign.attest(form, `${at}/${repository}@${image.top.digest}`);
  }
  await attach(at, 'team/app', ['application/vnd.example.sbom', 'application/vnd.example.scan']);
  const tag = `team/app/manifests/${app.top.digest.replace(':', '-')}`;
  await using client = createHttpClient({ url: quay.url });
  const answer = await client.get(`/v2/${tag}`, { headers: { accept: ANY_MANIFEST } });
  const referrers = digestsOf(answer.json());
  await pushChart(at, 'charts', CHART);
  const alpine = makeIndex({ seed: 'alpine', architectures: ['amd64', 'arm64'], format: 'docker' });
  await pushBundle(hub, 'library/alpine', '3', alpine);
  return { app, referrers, signed, alpine };
}

/** Attaches artifacts by the real oras. */
async function attach(at: string, repository: string, types: readonly string[]): Promise<void> {
  await using machine = await openMachine({ suite: 'trixie', hosts: {} });
  await machine.write('/root/about.json', '{}');
  for (const type of types) {
    const args = ['attach', '--plain-http', `--artifact-type=${type}`, `${at}/${repository}:v1`];
    const attached = await machine.run('oras', [
      ...args,
      '--disable-path-validation',
      '/root/about.json',
    ]);
    expectDone(args, attached);
  }
}

/** The digests of an index, sorted. */
export function digestsOf(list: unknown): string[] {
  const { manifests } = list as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest).sort();
}

/** Runs a command in the container, which must succeed. */
export async function command(appliance: Appliance, ...args: string[]): Promise<string> {
  const result = await appliance.exec(['registry-cache', ...args]);
  expectDone(args, result);
  return result.stdout;
}
