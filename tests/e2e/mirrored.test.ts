import {
  type Appliance,
  createPodmanClient,
  createSkopeoClient,
  describeContent,
  layersOf,
  makeArtifact,
  makeImage,
  makeIndex,
  pushBundle,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, ask, BOB, errorOf } from './hosted-stage.ts';
import { killProgram } from './inside.ts';
import { digestAt, nameOf, pushTo, startMirrored } from './mirrored-stage.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  appliance = await startMirrored(stage, upstream);
});

afterAll(() => stage[Symbol.asyncDispose]());

const putManifest = (repository: string, reference: string, bytes: Uint8Array, type: string) =>
  ask(appliance, 'PUT', `/v2/${repository}/manifests/${reference}`, ANN, {
    body: bytes,
    headers: { 'content-type': type },
  });

async function requestsFor(repository: string): Promise<number> {
  const requests = await upstream.requests();
  return requests.filter(({ path }) => path.startsWith(`/v2/${repository}/`)).length;
}

describe("a push into an upstream's name", () => {
  it('is served as it was pushed, and its registry is not asked', async () => {
    const image = makeIndex({ seed: 'mirrored', architectures: ['amd64', 'arm64'] });
    await pushTo(appliance, 'quay.test/team/app', 'v1', image);
    await upstream.forget();
    expect(await digestAt(appliance, 'quay.test/team/app', 'v1')).toBe(image.top.digest);
    for (const { digest, bytes } of [...image.manifests, ...image.blobs]) {
      const kind = image.manifests.some((one) => one.digest === digest) ? 'manifests' : 'blobs';
      const found = await ask(appliance, 'GET', `/v2/quay.test/team/app/${kind}/${digest}`, BOB);
      expect(found.body.equals(bytes)).toBe(true);
    }
    expect(await requestsFor('team/app')).toBe(0);
    const tags = await ask(appliance, 'GET', '/v2/quay.test/team/app/tags/list', ANN);
    expect(tags.json()).toEqual({ name: 'team/app', tags: ['v1'] });
  });

  it('counts before what the registry has under the tag, until it is deleted', async () => {
    const theirs = await pushImage(upstream, 'team/both', 'v1', { seed: 'theirs' });
    const ours = makeImage({ seed: 'ours' });
    const again = makeImage({ seed: 'again' });
    expect(await digestAt(appliance, 'quay.test/team/both', 'v1', ANN)).toBe(theirs.top.digest);
    for (const image of [ours, again]) {
      await pushTo(appliance, 'quay.test/team/both', 'v1', image);
      await expect
        .poll(() => digestAt(appliance, 'quay.test/team/both', 'v1'), { timeout: 6_000 })
        .toBe(image.top.digest);
    }
    const path = '/v2/quay.test/team/both/manifests/v1';
    expect(errorOf(await ask(appliance, 'DELETE', path, BOB))).toBe(
      'DENIED bob may not delete quay.test/team/both:v1 (no rule allows it)',
    );
    expect((await ask(appliance, 'DELETE', path, ANN)).status).toBe(202);
    await expect
      .poll(() => digestAt(appliance, 'quay.test/team/both', 'v1', ANN), { timeout: 6_000 })
      .toBe(theirs.top.digest);
    await ask(appliance, 'DELETE', path, ANN);
    expect((await ask(appliance, 'DELETE', path, ANN)).status).toBe(404);
  });

  it('needs the right to push', async () => {
    const path = '/v2/quay.test/team/app/blobs/uploads/';
    expect((await ask(appliance, 'POST', path)).status).toBe(401);
    expect(errorOf(await ask(appliance, 'POST', path, BOB))).toBe(
      'DENIED bob may not push quay.test/team/app (no rule allows it)',
    );
    expect((await ask(appliance, 'POST', '/v2/other.test/a/blobs/uploads/', ANN)).status).toBe(404);
  });

  it('takes a tag that was just missing', async () => {
    const image = makeImage({ seed: 'missing before' });
    expect(await digestAt(appliance, 'quay.test/team/late', 'v1', ANN)).toBe(404);
    await pushTo(appliance, 'quay.test/team/late', 'v1', image);
    expect(await digestAt(appliance, 'quay.test/team/late', 'v1', ANN)).toBe(image.top.digest);
  });

  it('is refused with the digest where the manifest has another', async () => {
    const { top } = makeImage({ seed: 'digest' });
    const wrong = `sha256:${'0'.repeat(64)}`;
    const answer = await putManifest('quay.test/team/app', wrong, top.bytes, top.mediaType);
    expect(errorOf(answer)).toContain(`DIGEST_INVALID the digest of these`);
    const text = Buffer.from('{"schemaVersion":2}');
    const bare = await putManifest('quay.test/team/app', 'v9', text, top.mediaType);
    expect(errorOf(bare)).toContain('MANIFEST_INVALID');
  });

  it('can be made by four clients at once, and the tag has one of them whole', async () => {
    const images = [0, 1, 2, 3].map((number) => makeImage({ seed: `at once ${number}` }));
    await Promise.all(images.map((one) => pushTo(appliance, 'quay.test/team/race', 'v1', one)));
    const digest = await digestAt(appliance, 'quay.test/team/race', 'v1');
    const found = images.find(({ top }) => top.digest === digest);
    expect(found).toBeDefined();
    await using skopeo = await createSkopeoClient({
      ca: appliance.ca,
      logins: { [appliance.registry]: BOB },
    });
    expect(await skopeo.copy(`${appliance.registry}/quay.test/team/race:v1`)).toMatchObject({
      exitCode: 0,
    });
  });
});

describe('parts that were not pushed', () => {
  it('are fetched where the registry has them', async () => {
    const image = await pushImage(upstream, 'team/parts', 'theirs', { seed: 'parts' });
    for (const { digest } of image.blobs) {
      const path = `/v2/quay.test/team/parts/blobs/${digest}`;
      expect((await ask(appliance, 'HEAD', path, ANN)).status).toBe(200);
    }
    const { top } = image;
    const put = await putManifest('quay.test/team/parts', 'v1', top.bytes, top.mediaType);
    expect(put.status).toBe(201);
    await upstream.forget();
    for (const { digest, bytes } of image.blobs) {
      const path = `/v2/quay.test/team/parts/blobs/${digest}`;
      expect((await ask(appliance, 'GET', path, BOB)).body.equals(bytes)).toBe(true);
    }
    expect(await requestsFor('team/parts')).toBe(0);
  });

  it('are named where nobody has them, and the image is not here', async () => {
    const image = makeImage({ seed: 'lacking' });
    const { top, blobs } = image;
    const put = await putManifest('quay.test/team/lacking', 'v1', top.bytes, top.mediaType);
    expect(put.status).toBe(400);
    expect(errorOf(put)).toContain(`MANIFEST_BLOB_UNKNOWN parts of the image are not here`);
    for (const { digest } of blobs) expect(errorOf(put)).toContain(digest);
    expect(await digestAt(appliance, 'quay.test/team/lacking', 'v1', ANN)).toBe(404);
    expect(await digestAt(appliance, 'quay.test/team/lacking', top.digest, ANN)).toBe(404);
  });

  it("are not taken from another repository's images", async () => {
    const image = makeImage({ seed: 'private' });
    await pushTo(appliance, 'quay.test/team/private', 'v1', image);
    const { top } = image;
    const put = await putManifest('quay.test/team/thief', 'v1', top.bytes, top.mediaType);
    expect(put.status).toBe(400);
    expect(errorOf(put)).toContain('MANIFEST_BLOB_UNKNOWN');
  });

  it('are mounted from a repository that the caller may pull', async () => {
    const image = makeImage({ seed: 'mounted' });
    await pushTo(appliance, 'quay.test/team/source', 'v1', image);
    await pushTo(appliance, 'quay.test/secret/source', 'v1', image);
    const digest = layersOf(image)[0]?.digest ?? '';
    const mount = (from: string) => {
      const query = new URLSearchParams({ mount: digest, from });
      return ask(appliance, 'POST', `/v2/quay.test/team/to/blobs/uploads/?${query}`, ANN);
    };
    expect((await mount('quay.test/secret/source')).status).toBe(202);
    expect((await mount('quay.test/team/source')).status).toBe(201);
    const path = `/v2/quay.test/team/to/blobs/${digest}`;
    expect((await ask(appliance, 'GET', path, BOB)).status).toBe(200);
  });
});

describe('a push that breaks off', () => {
  it('goes on after a kill, and nothing of it is seen before', async () => {
    const image = makeImage({ seed: 'killed', layerSizesBytes: [4 * 1024 * 1024] });
    const [layer] = layersOf(image);
    if (layer === undefined) throw new Error('no layer');
    const start = await ask(appliance, 'POST', '/v2/quay.test/team/cut/blobs/uploads/', ANN);
    const location = start.headers.location ?? '';
    const half = Math.floor(layer.bytes.length / 2);
    const part = await ask(appliance, 'PATCH', location, ANN, {
      body: layer.bytes.subarray(0, half),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(part.status).toBe(202);
    await killProgram(appliance, 'hosted');
    await expect.poll(async () => (await ask(appliance, 'GET', location, ANN)).status).toBe(204);
    const path = `/v2/quay.test/team/cut/blobs/${layer.digest}`;
    expect((await ask(appliance, 'GET', path, ANN)).status).toBe(404);
    const where = await ask(appliance, 'GET', location, ANN);
    expect(where.headers.range).toBe(`0-${half - 1}`);
    const end = await ask(appliance, 'PUT', `${location}?digest=${layer.digest}`, ANN, {
      body: layer.bytes.subarray(half),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(end.status).toBe(201);
    expect((await ask(appliance, 'GET', path, ANN)).body.equals(layer.bytes)).toBe(true);
    expect(await digestAt(appliance, 'quay.test/team/cut', 'v1', ANN)).toBe(404);
  });
});

describe('referrers', () => {
  it('that were pushed are listed with those of the registry', async () => {
    const image = await pushImage(upstream, 'team/signed', 'v1', { seed: 'signed' });
    const subject = describeContent(image.top);
    const theirs = makeArtifact({ seed: 'theirs', subject, artifactType: 'application/x.theirs' });
    await pushBundle(upstream, 'team/signed', undefined, theirs);
    const ours = makeArtifact({ seed: 'ours', subject, artifactType: 'application/x.ours' });
    await pushTo(appliance, 'quay.test/team/signed', undefined, ours);
    const list = async (query = '') => {
      const path = `/v2/quay.test/team/signed/referrers/${image.top.digest}${query}`;
      const { manifests } = (await ask(appliance, 'GET', path, ANN)).json() as {
        manifests: { digest: string }[];
      };
      return manifests.map(({ digest }) => digest).sort();
    };
    expect(await list('?artifactType=application/x.ours')).toEqual([ours.top.digest]);
    expect(await list()).toContain(ours.top.digest);
  });
});

describe('without its registry', () => {
  it('clients push, all the same', async () => {
    await using podman = await createPodmanClient({
      ca: appliance.ca,
      logins: { [appliance.registry]: ANN },
    });
    const image = makeImage({ seed: 'podman' });
    await pushTo(appliance, 'quay.test/seed/podman', 'v1', image);
    const source = `${appliance.registry}/quay.test/seed/podman:v1`;
    expect(await podman.pull(source)).toMatchObject({ exitCode: 0 });
    const target = `${appliance.registry}/gone.test/team/podman:v2`;
    expect(await podman.run('tag', source, target)).toMatchObject({ exitCode: 0 });
    expect(await podman.run('push', '--quiet', target)).toMatchObject({ exitCode: 0 });
    await podman.removeImages();
    expect(await podman.pull(target)).toMatchObject({ exitCode: 0 });
    const tags = await ask(appliance, 'GET', '/v2/gone.test/team/podman/tags/list', BOB);
    expect(tags.json()).toMatchObject({ tags: ['v2'] });
  });

  it('what is not here is 404 to those who may push, and as ever to others', async () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    const blob = `/v2/gone.test/team/x/blobs/${digest}`;
    expect((await ask(appliance, 'HEAD', blob, ANN)).status).toBe(404);
    expect((await ask(appliance, 'HEAD', '/v2/gone.test/team/x/manifests/v1', ANN)).status).toBe(
      404,
    );
    expect((await ask(appliance, 'HEAD', blob, BOB)).status).toBe(403);
  });
});

it('skopeo sync fills it from another registry', async () => {
  const index = makeIndex({ seed: 'scoped', architectures: ['amd64', 'arm64'] });
  await pushBundle(upstream, 'coreos/etcd', 'v3.1', index);
  await using skopeo = await createSkopeoClient({
    ca: appliance.ca,
    logins: { [appliance.registry]: ANN },
  });
  // A port cannot be a part of a name, so `--scoped` cannot name this source.
  const synced = await skopeo.run(
    ...['sync', '--all', '--src', 'docker', '--dest', 'docker', '--src-tls-verify=false'],
    ...[`${nameOf(upstream)}/coreos/etcd`, `${appliance.registry}/quay.test/coreos`],
  );
  expect(synced).toMatchObject({ exitCode: 0 });
  await upstream.forget();
  expect(await digestAt(appliance, 'quay.test/coreos/etcd', 'v3.1')).toBe(index.top.digest);
  expect(await requestsFor('coreos/etcd')).toBe(0);
});

it('tells pushes and deletions to the audit log', async () => {
  const image = makeImage({ seed: 'audit' });
  await pushTo(appliance, 'quay.test/team/audit', 'v1', image);
  await ask(appliance, 'DELETE', '/v2/quay.test/team/audit/manifests/v1', ANN);
  await expect
    .poll(async () => {
      const { stdout } = await appliance.exec(['registry-cache', 'logs', '--audit', '--json']);
      return stdout.split('\n').filter((line) => line.includes('quay.test/team/audit:v1'));
    })
    .toEqual([
      expect.stringMatching(/"event": ?"push".*"user": ?"ann"/),
      expect.stringMatching(/"event": ?"delete".*"user": ?"ann"/),
    ]);
});
