import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  createCertificateAuthority,
  makeTemporaryFolder,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Containerd, startContainerd } from './containerd-daemon.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let upstream: RegistryProcess;
/** A registry that the cache does not serve, by an address that containerd can reach. */
let registry: RegistryProcess;
let appliance: Appliance;
let containerd: Containerd;
let caFile: string;

type AccessLine = Awaited<ReturnType<Appliance['accessLog']>>[number];

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (const repository of ['team/app', 'team/prefixed', 'library/alpine']) {
    await pushImage(upstream, repository, 'v1', { seed: repository });
  }
  const authority = await createCertificateAuthority();
  registry = await stage.upstream({
    tls: await authority.issue({ names: [stage.network.gateway] }),
  });
  const target = { url: registry.url, ca: authority.certificatePem };
  await pushImage(target, 'team/elsewhere', 'v1', { seed: 'elsewhere' });
  appliance = await stage.appliance({ 'quay.test': upstream, 'docker.io': upstream });
  const folder = stage.use(await makeTemporaryFolder('containerd-ca'));
  caFile = join(folder.path, 'ca.crt');
  await writeFile(caFile, appliance.ca);
  containerd = stage.use(await startContainerd(authority.certificatePem));
  await containerd.setHosts('_default', formatHosts(appliance.url));
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(() => upstream.start());

const formatHosts = (url: string, more = '') => `
[host."${url}"]
  capabilities = ["pull", "resolve"]
  ca = "${caFile}"
  ${more}
`;

/** Waits for so many lines of a repository in the access log. They appear a moment later. */
async function findServed(repository: string, count = 1): Promise<AccessLine[]> {
  return until(`${count} requests for ${repository} are logged`, async () => {
    const lines = (await appliance.accessLog()).filter(({ path }) => path.includes(repository));
    return lines.length >= count && lines;
  });
}

it.each([
  ['quay.test', 'team/app'],
  ['docker.io', 'library/alpine'],
])(
  'containerd pulls from %s by one _default for all registries, also while it is down',
  async (host, name) => {
    const image = `${host}/${name}:v1`;
    expect(await containerd.pull(image)).toMatchObject({ exitCode: 0 });
    // A manifest by its tag and by its digest, its config and its layer.
    const served = await findServed(name, 4);
    expect(served.map((line) => line.upstream)).toEqual(Array(served.length).fill(host));

    await upstream.stop();
    await containerd.remove(image);
    expect(await containerd.pull(image)).toMatchObject({ exitCode: 0 });
    const again = (await findServed(name, served.length + 4)).slice(served.length);
    const blobs = again.filter(({ kind }) => kind === 'blob');
    expect(blobs.map(({ cache }) => cache)).toEqual(['HIT', 'HIT']);
  },
);

it('containerd pulls by a path that also names the registry (override_path)', async () => {
  const hosts = formatHosts(`${appliance.url}/v2/quay.test`, 'override_path = true');
  await containerd.setHosts('quay.test', hosts);
  expect(await containerd.pull('quay.test/team/prefixed:v1')).toMatchObject({ exitCode: 0 });
  const paths = (await findServed('team/prefixed')).map(({ path }) => path);
  expect(paths[0]).toBe('/v2/quay.test/team/prefixed/manifests/v1');
});

it('containerd asks the registry itself where the cache does not serve it', async () => {
  const image = `${new URL(registry.url).host}/team/elsewhere:v1`;
  expect(await containerd.pull(image)).toMatchObject({ exitCode: 0 });
  const asked = await findServed('team/elsewhere');
  expect(asked.every(({ status }) => status === 404)).toBe(true);
});
