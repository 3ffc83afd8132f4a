import { type Appliance, type Bundle, layersOf, makeImage } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANN, ask, BOB } from './hosted-stage.ts';
import { digestAt, pushTo, startMirrored } from './mirrored-stage.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const admission = [
    { images: ['quay.test/waiting/**'], minimumAge: '3d' },
    { images: ['quay.test/aged/**'], minimumAge: '1s' },
  ];
  appliance = await startMirrored(stage, await stage.upstream(), { policy: { admission } });
});

afterAll(() => stage[Symbol.asyncDispose]());

const firstLayerOf = (image: Bundle) => {
  const [layer] = layersOf(image);
  if (layer === undefined) throw new Error('no layer');
  return layer;
};

function mount(digest: string, from: string) {
  const query = new URLSearchParams({ mount: digest, from });
  return ask(appliance, 'POST', `/v2/quay.test/team/to/blobs/uploads/?${query}`, ANN);
}

it('a layer of an image that waits for admission is not mounted, and is uploaded', async () => {
  const image = makeImage({ seed: 'waiting' });
  await pushTo(appliance, 'quay.test/waiting/app', 'v1', image);
  expect(await digestAt(appliance, 'quay.test/waiting/app', 'v1')).toBe(403);
  const { digest, bytes } = firstLayerOf(image);
  const path = `/v2/quay.test/team/to/blobs/${digest}`;
  const started = await mount(digest, 'quay.test/waiting/app');
  expect(started.status).toBe(202);
  expect((await ask(appliance, 'GET', path, BOB)).status).toBe(403);
  const end = `${started.headers.location}?digest=${digest}`;
  expect((await ask(appliance, 'PUT', end, ANN, { body: bytes })).status).toBe(201);
  expect((await ask(appliance, 'GET', path, BOB)).body.equals(bytes)).toBe(true);
});

it('a layer of an admitted image is mounted', async () => {
  const image = makeImage({ seed: 'aged' });
  await pushTo(appliance, 'quay.test/aged/app', 'v1', image);
  await expect
    .poll(() => digestAt(appliance, 'quay.test/aged/app', 'v1'), { timeout: 20_000 })
    .toBe(image.top.digest);
  const { digest } = firstLayerOf(image);
  expect((await mount(digest, 'quay.test/aged/app')).status).toBe(201);
  const path = `/v2/quay.test/team/to/blobs/${digest}`;
  expect((await ask(appliance, 'GET', path, BOB)).status).toBe(200);
});
