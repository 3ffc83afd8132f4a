import { type Appliance, type Bundle, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPids, listSockets } from './inside.ts';
import { type NamedUpstreams, startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startSlowDownload, startTraffic } from './traffic.ts';

const MIB = 1024 * 1024;
let stage: Stage;
let upstreams: NamedUpstreams;
let appliance: Appliance;
let image: Bundle;
let large: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstreams = await startNamedUpstreams(stage, ['stays.test', 'first.test', 'second.test']);
  image = await pushImage(upstreams.registry, 'team/app', 'v1', {
    seed: 'reload',
    layerSizesBytes: [200_000, 100_000],
  });
  large = await pushImage(upstreams.registry, 'team/large', 'v1', {
    seed: 'large',
    layerSizesBytes: [32 * MIB],
  });
  appliance = await stage.appliance(
    {},
    {
      ...upstreams.options,
      policyYaml: '',
      pullSecret: upstreams.pullSecret('stays.test', 'first.test'),
      pullSecretMount: 'folder',
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const ask = async (name: string) => {
  await using client = appliance.client();
  return await client.get(`/v2/${upstreams.prefix(name)}/team/app/manifests/v1`);
};

const largeBlob = (name: string) =>
  `/v2/${upstreams.prefix(name)}/team/large/blobs/${layersOf(large)[0]?.digest}`;

describe('a pull secret that is edited while pulls run', () => {
  // Each row removes the upstream that an earlier row has added.
  it.each([
    { method: 'in-place', gone: 'first.test', added: 'second.test' },
    { method: 'rename', gone: 'second.test', added: 'first.test' },
    { method: 'symlink-swap', gone: 'first.test', added: 'second.test' },
    { method: 'symlink-swap', gone: 'second.test', added: 'first.test' },
  ] as const)(
    'adds $added and removes $gone by $method, and no pull fails',
    async ({ method, gone, added }) => {
      expect((await ask(added)).json()).toMatchObject({ errors: [{ code: 'NAME_UNKNOWN' }] });
      const targets = listTargets(upstreams.prefix('stays.test'), 'team/app', 'v1', image);
      await pullTargets(appliance, targets);
      const downloads = [];
      for (const name of ['stays.test', gone]) {
        await pullTargets(
          appliance,
          listTargets(upstreams.prefix(name), 'team/large', 'v1', large),
        );
        downloads.push(await startSlowDownload(appliance, largeBlob(name)));
      }
      const engine = `engine-${upstreams.prefix('stays.test')}`;
      const pidsBefore = await findPids(appliance, engine);
      const traffic = startTraffic(appliance, targets);
      await traffic.untilServed(10);

      await appliance.writePullSecret(upstreams.pullSecret('stays.test', added), method);
      await until(`${added} is served`, async () => (await ask(added)).status === 200);
      await until(`${gone} is gone`, async () => (await ask(gone)).status === 404);

      expect((await ask(gone)).json()).toMatchObject({
        errors: [{ code: 'NAME_UNKNOWN', message: expect.stringContaining(added) }],
      });
      await traffic.untilServed(20);
      expect(await traffic.stop()).toEqual([]);
      for (const download of downloads) {
        expect(await download.finish()).toMatchObject({
          isWhole: true,
          digest: layersOf(large)[0]?.digest,
        });
      }
      expect(await findPids(appliance, engine)).toEqual(pidsBefore);
      await until('the engine of the one that went has ended', async () => {
        return (await findPids(appliance, `engine-${upstreams.prefix(gone)}`)).length === 0;
      });
      // An old worker logs that its proxies stop.
      expect((await appliance.accessLog()).every(({ time }) => time !== undefined)).toBe(true);
      const sockets = await listSockets(appliance);
      expect(sockets.filter((line) => !line.endsWith(' accepts'))).toEqual([]);
      expect(sockets.join()).not.toContain(upstreams.prefix(gone));
    },
  );
});
