import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  createCertificateAuthority,
  createPodmanClient,
  createSkopeoClient,
  digestOf,
  layersOf,
  makeIndex,
  makeTemporaryFolder,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, type Stage, type UpstreamUse } from './stage.ts';
import { UPSTREAM_KINDS } from './upstream-kinds.ts';

let stage: Stage;
let appliance: Appliance;

const NAMES = Object.keys(UPSTREAM_KINDS);
const imageOf = (name: string) => makeIndex({ seed: name, architectures: ['amd64', 'arm64'] });

beforeAll(async () => {
  stage = await openStage();
  const shared = await createCertificateAuthority('shared');
  const own = await createCertificateAuthority('own');
  const folder = stage.use(await makeTemporaryFolder('authorities'));
  await writeFile(join(folder.path, 'own.pem'), own.certificatePem);
  const upstreams: Record<string, UpstreamUse> = {};
  for (const [name, make] of Object.entries(UPSTREAM_KINDS)) {
    upstreams[name] = await make({ stage, shared, own }, name, imageOf(name));
  }
  appliance = await stage.appliance(upstreams, {
    upstreamCa: shared.certificatePem,
    extraMounts: [`${folder.path}:/authorities:ro`],
    hosts: Object.fromEntries(
      [...NAMES, 'bytes.test'].map((name) => [name, stage.network.gateway]),
    ),
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

describe.each(NAMES.filter((name) => name !== 'stranger.test'))(
  'an upstream such as %s',
  (name) => {
    const image = imageOf(name);

    it('answers http with the bytes that were pushed, cold HEAD and Range included', async () => {
      await using client = appliance.client();
      const manifest = await client.get(`/v2/${name}/team/app/manifests/v1`);
      expect(digestOf(manifest.body)).toBe(image.top.digest);
      for (const { digest, bytes } of layersOf(image)) {
        const path = `/v2/${name}/team/app/blobs/${digest}`;
        const head = await client.head(path);
        expect(head.headers['content-length']).toBe(String(bytes.length));
        const part = await client.get(path, { headers: { range: 'bytes=7-8' } });
        expect([part.status, part.body]).toEqual([206, bytes.subarray(7, 9)]);
        expect((await client.get(path)).body.equals(bytes)).toBe(true);
      }
    });

    it('serves podman, for this platform and for another', async () => {
      await using podman = await createPodmanClient({ ca: appliance.ca });
      const reference = `${appliance.registry}/${name}/team/app:v1`;
      for (const architecture of ['amd64', 'arm64']) {
        const pulled = await podman.pull(reference, `--arch=${architecture}`);
        expect(pulled).toMatchObject({ exitCode: 0 });
        const inspected = await podman.run('inspect', '--format={{.Architecture}}', reference);
        expect(inspected.stdout).toBe(architecture);
      }
    });

    it('answers skopeo inspect, copy and list-tags', async () => {
      await using skopeo = await createSkopeoClient({ ca: appliance.ca });
      const repository = `${appliance.registry}/${name}/team/app`;
      const inspected = await skopeo.inspect(`${repository}:v1`);
      expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: image.top.digest });
      expect(await skopeo.copy(`${repository}:v1`, '--all')).toMatchObject({ exitCode: 0 });
      const listed = await skopeo.listTags(repository);
      expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ['v1'] });
    });
  },
);

it('an upstream’s own authority is trusted for that upstream only', async () => {
  await using client = appliance.client();
  const error = readError(await client.get('/v2/stranger.test/team/app/manifests/v1'));
  expect(error).toMatchObject({ status: 502, code: 'UNAVAILABLE' });
  expect(error.message).toMatch(
    /^stranger\.test could not be asked: TLS with stranger\.test:\d+ failed/,
  );
});
