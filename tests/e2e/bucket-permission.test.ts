import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BucketStage, openBucketStage, untilSent } from './bucket-stage.ts';
import { pushImage } from './stage.ts';
import { pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
let stage: BucketStage;
beforeAll(async () => {
  stage = await openBucketStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

it('an image of one upstream is never served under another', async () => {
  const { targets, image } = await stage.push('secret', { layerSizesBytes: [MIB] });
  const first = await stage.replica();
  await pullTargets(first, targets);
  await untilSent(first);
  const empty = await stage.upstream();
  const upstreams = {
    'reg.test': { url: stage.toUpstream.url },
    'other.test': { url: empty.url },
  };
  const second = await stage.appliance(upstreams, { env: stage.env });
  await using client = second.client();
  for (const { path } of targets) {
    for (const wrong of [
      path.replace('/reg.test/', '/other.test/'),
      path.replace('/team/secret/', '/team/other/'),
    ]) {
      expect([wrong, (await client.get(wrong)).status]).toEqual([wrong, 404]);
    }
  }
  expect(image.blobs.length).toBeGreaterThan(0);
  await pullTargets(second, targets);
});

it('names of every form have objects of their own, and come back from them', async () => {
  const names = ['a__b/c-d--e.f/0', 'x/blobs', 'registries/reg.test'];
  const tags = ['_V1.2-x', 'latest', 'v1..2'];
  const targets = [];
  for (const [index, name] of names.entries()) {
    const image = await pushImage(stage.registry, name, tags[index] ?? '', { seed: name });
    targets.push(
      { path: `/v2/reg.test/${name}/manifests/${tags[index]}`, digest: image.top.digest },
      ...image.blobs.map(({ digest }) => ({
        path: `/v2/reg.test/${name}/blobs/${digest}`,
        digest,
      })),
    );
  }
  const first = await stage.replica();
  await pullTargets(first, targets);
  await untilSent(first);
  stage.toUpstream.setRules({ do: { refuse: true } });
  await pullTargets(await stage.replica(), targets);
  stage.toUpstream.setRules();
});
