import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  createSkopeoClient,
  layersOf,
  makeImage,
  makeIndex,
  makeTemporaryFolder,
  pushBundle,
  type RegistryProcess,
  runOrThrow,
  type TemporaryFolder,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, ask } from './hosted-stage.ts';
import { digestAt, nameOf, pushTo, startMirrored } from './mirrored-stage.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let upstream: RegistryProcess;
let folder: TemporaryFolder;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  folder = stage.use(await makeTemporaryFolder('names'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  const allow = ['pull', 'fetch', 'push', 'delete'];
  const policy = {
    upstreams: { 'quay.test': { url: upstream.url } },
    hosted: { apps: {} },
    access: { default: ['pull'], rules: [{ images: ['**'], users: ['ann'], allow }] },
  };
  appliance = await startMirrored(stage, upstream, {
    pullSecret: { auths: { 'quay.test': {} } },
    policyYaml: JSON.stringify(policy),
    env: { CERTIFICATE_NAMES: 'cache.test *.cache.test' },
    extraMounts: [`${folder.path}:/bundles`],
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a push', () => {
  const ways = [
    ['by path', '/v2/quay.test/team/path', '', {}],
    ['by host name', '/v2/team/host', '', { host: 'quay.test.cache.test' }],
    ['by ?ns=', '/v2/team/ns', '?ns=quay.test', {}],
  ] as const;
  it.each(ways)('%s is told places that lead back', async (_name, base, query, headers) => {
    const image = makeImage({ seed: base, layerSizesBytes: [100_000] });
    for (const { digest, bytes } of image.blobs) {
      const start = await ask(appliance, 'POST', `${base}/blobs/uploads/${query}`, ANN, {
        headers,
      });
      expect(start.status).toBe(202);
      const { location = '' } = start.headers;
      expect(location.startsWith(`${base}/blobs/uploads/`)).toBe(true);
      expect(location.endsWith(query)).toBe(true);
      const part = await ask(appliance, 'PATCH', location, ANN, { headers, body: bytes });
      expect(part.status).toBe(202);
      const next = new URL(part.headers.location ?? '', appliance.url);
      next.searchParams.set('digest', digest);
      const end = await ask(appliance, 'PUT', next.pathname + next.search, ANN, { headers });
      expect(end.status).toBe(201);
      expect(end.headers.location).toBe(`${base}/blobs/${digest}${query}`);
      const blob = await ask(appliance, 'GET', end.headers.location ?? '', ANN, { headers });
      expect(blob.body.equals(bytes)).toBe(true);
    }
    const put = await ask(appliance, 'PUT', `${base}/manifests/v1${query}`, ANN, {
      headers: { ...headers, 'content-type': image.top.mediaType },
      body: image.top.bytes,
    });
    expect(put.status).toBe(201);
    expect(put.headers.location).toBe(`${base}/manifests/${image.top.digest}${query}`);
    const repository = base.replace('/v2/', '').replace('quay.test/', '');
    expect(await digestAt(appliance, `quay.test/${repository}`, 'v1')).toBe(image.top.digest);
  });
});

it('skopeo sync --scoped keeps the name of the source', async () => {
  const index = makeIndex({ seed: 'scoped', architectures: ['amd64', 'arm64'] });
  await pushBundle(upstream, 'coreos/etcd', 'v3.1', index);
  const registries = join(folder.path, 'registries.conf');
  // The source has a name without a port, as real registries have.
  const source = `prefix = "quay.test"\nlocation = "${nameOf(upstream)}"\ninsecure = true\n`;
  await writeFile(registries, `[[registry]]\n${source}`);
  await using skopeo = await createSkopeoClient({
    ca: appliance.ca,
    logins: { [appliance.registry]: ANN },
  });
  const synced = await skopeo.run(
    ...['--registries-conf', registries, 'sync', '--all', '--scoped'],
    ...['--src', 'docker', '--dest', 'docker', 'quay.test/coreos/etcd:v3.1', appliance.registry],
  );
  expect(synced, synced.stderr).toMatchObject({ exitCode: 0 });
  await upstream.forget();
  expect(await digestAt(appliance, 'quay.test/coreos/etcd', 'v3.1')).toBe(index.top.digest);
  expect(await upstream.requests()).toEqual([]);
});

it('import --as takes an image without a name into a hosted registry', async () => {
  const index = makeIndex({ seed: 'as', architectures: ['amd64', 'arm64'] });
  await pushBundle(upstream, 'team/nameless', 'v5', index);
  await runOrThrow('skopeo', [
    ...['copy', '--all', '--src-tls-verify=false'],
    `docker://${nameOf(upstream)}/team/nameless:v5`,
    `oci:${join(folder.path, 'layout')}:v5`,
  ]);
  await runOrThrow('chmod', ['-R', 'a+rX', join(folder.path, 'layout')]);
  const command = ['registry-cache', 'import', '/bundles/layout', '--as', 'apps/team/named'];
  const { exitCode, stdout, stderr } = await appliance.exec(command);
  expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
  expect(stdout).toMatch(/^1 image \(.*\) imported/m);
  expect(await digestAt(appliance, 'apps/team/named', 'v5')).toBe(index.top.digest);
  for (const { digest, bytes } of index.blobs) {
    const blob = await ask(appliance, 'GET', `/v2/apps/team/named/blobs/${digest}`, ANN);
    expect(blob.body.equals(bytes)).toBe(true);
  }
});

describe('a mount', () => {
  it.each([
    ['apps/team/mount', 'quay.test/team/mount'],
    ['quay.test/team/mount', 'apps/team/mount'],
  ])('from %s to %s/to begins an upload, and that works', async (from, to) => {
    const image = makeImage({ seed: `mount ${from}` });
    await pushTo(appliance, from, 'v1', image);
    const [layer] = layersOf(image);
    if (layer === undefined) throw new Error('no layer');
    const query = new URLSearchParams({ mount: layer.digest, from });
    const start = await ask(appliance, 'POST', `/v2/${to}/to/blobs/uploads/?${query}`, ANN);
    expect(start.status).toBe(202);
    const location = start.headers.location ?? '';
    expect(location).toMatch(new RegExp(`^/v2/${to}/to/blobs/uploads/[^/]+$`));
    const end = await ask(appliance, 'PUT', `${location}?digest=${layer.digest}`, ANN, {
      body: layer.bytes,
    });
    expect(end.status).toBe(201);
    const blob = await ask(appliance, 'GET', `/v2/${to}/to/blobs/${layer.digest}`, ANN);
    expect(blob.body.equals(layer.bytes)).toBe(true);
  });
});
