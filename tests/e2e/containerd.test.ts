import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  createCertificateAuthority,
  makeTemporaryFolder,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Containerd, startContainerd } from './containerd-daemon.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let upstream: RegistryProcess;
/** A registry that the cache does not serve, by an address that containerd can reach. */
let origin: RegistryProcess;
let appliance: Appliance;
let containerd: Containerd;
let caFile: string;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (const repository of ['team/app', 'team/prefixed', 'library/alpine']) {
    await pushImage(upstream, repository, 'v1', { seed: repository });
  }
  const authority = await createCertificateAuthority();
  origin = await stage.upstream({ tls: await authority.issue({ names: [stage.network.gateway] }) });
  const target = { url: origin.url, ca: authority.certificatePem };
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

const findServed = async (repository: string) =>
  (await appliance.accessLog()).filter((line) => line.repository === repository);

it.each([
  ['quay.test', 'team/app'],
  ['docker.io', 'library/alpine'],
])('pulls of %s by one _default for all registries, also while it is down', async (host, name) => {
  const image = `${host}/${name}:v1`;
  expect(await containerd.pull(image)).toMatchObject({ exitCode: 0 });
  const served = await findServed(name);
  expect(served.map((line) => line.upstream)).toContain(host);

  await upstream.stop();
  await containerd.remove(image);
  expect(await containerd.pull(image)).toMatchObject({ exitCode: 0 });
  const again = (await findServed(name)).slice(served.length).filter(({ kind }) => kind === 'blob');
  expect(again.map(({ cache }) => cache)).toEqual(['HIT', 'HIT']);
});

it('pulls by a path that names the registry as well (override_path)', async () => {
  const hosts = formatHosts(`${appliance.url}/v2/quay.test`, 'override_path = true');
  await containerd.setHosts('quay.test', hosts);
  expect(await containerd.pull('quay.test/team/prefixed:v1')).toMatchObject({ exitCode: 0 });
  const paths = (await findServed('team/prefixed')).map(({ path }) => path);
  expect(paths[0]).toBe('/v2/quay.test/team/prefixed/manifests/v1');
});

it('goes to the registry itself where the cache does not serve it', async () => {
  const image = `${new URL(origin.url).host}/team/elsewhere:v1`;
  expect(await containerd.pull(image)).toMatchObject({ exitCode: 0 });
  const asked = (await appliance.accessLog()).filter(({ path }) => path.includes('elsewhere'));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every(({ status }) => status === 404)).toBe(true);
});
