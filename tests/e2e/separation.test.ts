import {
  type Appliance,
  type Bundle,
  createPodmanClient,
  createSkopeoClient,
  layersOf,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPrograms } from './inside.ts';
import { blobStatuses, readError } from './responses.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let east: RegistryProcess;
let west: RegistryProcess;
let appliance: Appliance;
let eastern: Bundle;
let western: Bundle;

beforeAll(async () => {
  stage = await openStage();
  east = await stage.upstream();
  west = await stage.upstream();
  eastern = await pushImage(east, 'team/app', 'v1', { seed: 'east' });
  western = await pushImage(west, 'team/app', 'v1', { seed: 'west' });
  await pushImage(east, 'team/app', 'only-east', { seed: 'east 2' });
  await pushImage(west, 'team/app', 'only-west', { seed: 'west 2' });
  await pushImage(east, 'team/other', 'v1', { seed: 'other' });
  appliance = await stage.appliance({ 'east.test': east, 'west.test': west });
  // From here on all content of both is stored. Refusals below happen although it is.
  await using podman = await createPodmanClient({ ca: appliance.ca });
  for (const name of ['east.test', 'west.test']) {
    const pulled = await podman.pull(`${appliance.registry}/${name}/team/app:v1`);
    expect(pulled).toMatchObject({ exitCode: 0 });
  }
});

afterAll(() => stage[Symbol.asyncDispose]());

function layerOf(bundle: Bundle): string {
  return layersOf(bundle)[0]?.digest ?? '';
}

describe('the same repository on two upstreams', () => {
  it('has the tags and digests of each upstream', async () => {
    await using skopeo = await createSkopeoClient({ ca: appliance.ca });
    for (const [name, image] of [
      ['east', eastern],
      ['west', western],
    ] as const) {
      const repository = `${appliance.registry}/${name}.test/team/app`;
      const listed = JSON.parse((await skopeo.listTags(repository)).stdout);
      expect(listed.Tags.toSorted()).toEqual([`only-${name}`, 'v1']);
      const inspected = JSON.parse((await skopeo.inspect(`${repository}:v1`)).stdout);
      expect(inspected.Digest).toBe(image.top.digest);
    }
  });

  it('keeps the tags separate while both upstreams are down', async () => {
    await using client = appliance.client();
    await Promise.all([east.stop(), west.stop()]);
    try {
      const digests = [];
      for (const name of ['east.test', 'west.test']) {
        const answer = await client.get(`/v2/${name}/team/app/manifests/v1`);
        digests.push(answer.headers['docker-content-digest']);
      }
      expect(digests).toEqual([eastern.top.digest, western.top.digest]);
    } finally {
      await Promise.all([east.start(), west.start()]);
    }
  });

  it('serves no layer, config or manifest of one through the path of the other', async () => {
    await using client = appliance.client();
    for (const { digest } of eastern.blobs) {
      expect(await blobStatuses(client, `/v2/east.test/team/app/blobs/${digest}`)).toEqual([
        200, 200, 206,
      ]);
      expect(await blobStatuses(client, `/v2/west.test/team/app/blobs/${digest}`)).toEqual([
        404, 404, 404,
      ]);
    }
    const manifest = await client.get(`/v2/west.test/team/app/manifests/${eastern.top.digest}`);
    expect(readError(manifest)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
  });

  it('refuses with the upstream’s own error', async () => {
    await using client = appliance.client();
    const path = `/v2/west.test/team/app/blobs/${layerOf(eastern)}`;
    const refused = readError(await client.get(path));
    expect(refused).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    expect(refused.message).toMatch(/^west\.test answered 404/);
  });
});

describe('another repository of the same upstream', () => {
  it('does not serve a layer that its manifests do not name', async () => {
    await using client = appliance.client();
    const path = `/v2/east.test/team/other/blobs/${layerOf(eastern)}`;
    expect(await blobStatuses(client, path)).toEqual([404, 404, 404]);
    const manifest = `/v2/east.test/team/other/manifests/${eastern.top.digest}`;
    expect(readError(await client.get(manifest))).toMatchObject({ status: 404 });
  });

  it('serves a layer that its manifest names, from the one stored copy', async () => {
    await pushImage(east, 'team/twin', 'v1', { seed: 'east' });
    await using client = appliance.client();
    const path = `/v2/east.test/team/twin/blobs/${layerOf(eastern)}`;
    expect(await blobStatuses(client, path)).toEqual([200, 200, 206]);
    const hex = layerOf(eastern).slice(7);
    const found = await appliance.exec([
      'find',
      '/var/lib/registry',
      '-name',
      'data',
      '-path',
      `*${hex}*`,
    ]);
    expect(found.stdout.split('\n')).toHaveLength(1);
  });
});

it('content of another repository is not served while no upstream can be asked', async () => {
  await using client = appliance.client();
  await Promise.all([east.stop(), west.stop()]);
  try {
    for (const repository of ['east.test/team/other', 'west.test/team/app']) {
      const blob = `/v2/${repository}/blobs/${layerOf(eastern)}`;
      const manifest = `/v2/${repository}/manifests/${eastern.top.digest}`;
      const statuses = [...(await blobStatuses(client, blob)), (await client.get(manifest)).status];
      // A recent answer of the upstream, a failed request, or an open circuit.
      for (const status of statuses) expect([404, 502, 503]).toContain(status);
    }
    // The store still serves them under their own repository.
    const blob = `/v2/east.test/team/app/blobs/${layerOf(eastern)}`;
    expect(await blobStatuses(client, blob)).toEqual([200, 200, 206]);
  } finally {
    await Promise.all([east.start(), west.start()]);
  }
});

it('gives programs that serve pulls more time of the processors than the admin worker', async () => {
  const programs = await listPrograms(appliance);
  const niceness = async (name: string) => {
    const { pid } = programs.find((program) => program.name === name) ?? {};
    const { stdout } = await appliance.exec(['cat', `/proc/${pid}/stat`]);
    // The 19th field: the 17th behind the name, which may have spaces (proc(5)).
    return Number(stdout.slice(stdout.lastIndexOf(')') + 2).split(' ')[16]);
  };
  expect(await niceness('admin')).toBe(5);
  expect(await niceness('egress')).toBe(0);
});
