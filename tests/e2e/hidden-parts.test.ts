import {
  type Appliance,
  createPodmanClient,
  createSkopeoClient,
  makeImage,
  makeIndex,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstLayerOf, pushAsAnn, SHARED, startShared } from './hidden-stage.ts';
import { ANN, ask, BOB, errorOf } from './hosted-stage.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  appliance = await startShared(stage, await stage.upstream());
});

afterAll(() => stage[Symbol.asyncDispose]());

describe.each(SHARED)('in %s, parts that rules with a tag hide', (repository) => {
  const askBob = (method: string, rest: string, body?: Uint8Array, type?: string) =>
    ask(appliance, method, `/v2/${repository}/${rest}`, BOB, {
      ...(body !== undefined && { body }),
      ...(type !== undefined && { headers: { 'content-type': type } }),
    });
  const statusOf = async (method: string, rest: string) => (await askBob(method, rest)).status;

  it('are not to be had by naming them, and are there once they were sent', async () => {
    const image = makeImage({ seed: `hidden ${repository}` });
    await pushAsAnn(appliance, repository, 'secret', image);
    const { top, blobs } = image;
    const layer = firstLayerOf(image);
    expect(await statusOf('GET', `blobs/${layer.digest}`)).toBe(403);
    for (const rest of [`blobs/${layer.digest}`, `manifests/${top.digest}`]) {
      expect(await statusOf('HEAD', rest)).toBe(404);
    }
    expect(await statusOf('HEAD', 'manifests/secret')).toBe(403);

    const refused = await askBob('PUT', 'manifests/mine', top.bytes, top.mediaType);
    expect(refused.status).toBe(400);
    expect(errorOf(refused)).toContain('MANIFEST_BLOB_UNKNOWN parts of the image are not here');
    expect(errorOf(refused)).toContain(layer.digest);
    expect(await statusOf('GET', `blobs/${layer.digest}`)).toBe(403);

    const query = new URLSearchParams({ mount: layer.digest, from: repository });
    expect((await askBob('POST', `blobs/uploads/?${query}`)).status).toBe(202);
    for (const { digest, bytes } of blobs) {
      const sent = await askBob('POST', `blobs/uploads/?digest=${digest}`, bytes);
      expect(sent.status).toBe(201);
      expect(await statusOf('HEAD', `blobs/${digest}`)).toBe(200);
    }
    const put = await askBob('PUT', 'manifests/mine', top.bytes, top.mediaType);
    expect(put.status).toBe(201);
    expect(await statusOf('GET', 'manifests/mine')).toBe(200);
    const got = await askBob('GET', `blobs/${layer.digest}`);
    expect(got.body.equals(layer.bytes)).toBe(true);
    expect(await statusOf('GET', 'manifests/secret')).toBe(403);
  });

  it('are pushed again by podman', async () => {
    await pushAsAnn(appliance, repository, 'secret-podman', makeImage({ seed: `p ${repository}` }));
    const source = `${appliance.registry}/${repository}:secret-podman`;
    const target = `${appliance.registry}/${repository}:mine-podman`;
    const open = (user: typeof ANN) =>
      createPodmanClient({ ca: appliance.ca, logins: { [appliance.registry]: user } });
    await using podman = await open(ANN);
    expect(await podman.pull(source)).toMatchObject({ exitCode: 0 });
    expect(await podman.run('tag', source, target)).toMatchObject({ exitCode: 0 });
    const login = `${BOB.username}:${BOB.password}`;
    const push = await podman.run('push', '--quiet', '--creds', login, target);
    expect(push).toMatchObject({ exitCode: 0 });
    await using other = await open(BOB);
    expect(await other.pull(target)).toMatchObject({ exitCode: 0 });
  });

  it('are pushed again by skopeo, with all platforms', async () => {
    const index = makeIndex({ seed: `s ${repository}`, architectures: ['amd64', 'arm64'] });
    await pushAsAnn(appliance, repository, 'secret-skopeo', index);
    await using skopeo = await createSkopeoClient({ ca: appliance.ca, logins: {} });
    const copy = await skopeo.run(
      ...['copy', '--all'],
      ...['--src-creds', `${ANN.username}:${ANN.password}`],
      ...['--dest-creds', `${BOB.username}:${BOB.password}`],
      `docker://${appliance.registry}/${repository}:secret-skopeo`,
      `docker://${appliance.registry}/${repository}:mine-skopeo`,
    );
    expect(copy).toMatchObject({ exitCode: 0 });
    expect(await statusOf('GET', 'manifests/mine-skopeo')).toBe(200);
  });
});
