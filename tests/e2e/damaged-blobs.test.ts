import { createHash } from 'node:crypto';
import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile, egressDir, layerLinkDir, repositoryDir } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  layersOf,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killProgram, readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const LAYER_BYTES = 3 * MIB;
let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;
let image: Bundle;
let layer: string;

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: registry.url }),
  );
  const plan = { seed: 'damage', layerSizesBytes: [LAYER_BYTES, LAYER_BYTES] };
  image = await pushImage(registry, 'team/app', 'v1', plan);
  layer = layersOf(image)[0]?.digest ?? '';
  appliance = await stage.appliance({ 'reg.test': faultProxy });
  await pull();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Every body is compared with its digest. */
const pull = () => pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));

const fileOf = (digest: string) => blobFile(appliance.storeDir, digest);

async function isWhole(digest: string): Promise<boolean> {
  const bytes = await readFile(fileOf(digest)).catch(() => Buffer.alloc(0));
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest;
}

const run = (...args: string[]) => appliance.exec(['registry-cache', ...args]);

it('a layer that a power loss has truncated is fetched again and not served', async () => {
  await until('it is stored', () => isWhole(layer));
  await appliance.stop();
  await truncate(fileOf(layer), 1000);
  await appliance.start();
  faultProxy.forget();
  await pull();
  expect(faultProxy.count({ kind: 'blob', method: 'GET' })).toBeGreaterThan(0);
  await until('it is whole again', () => isWhole(layer));
  const said = (await readEvents(appliance)).filter(({ msg }) => /damaged blob/.test(String(msg)));
  expect(said.length).toBeGreaterThan(0);
});

it('verify finds planted damage while the appliance serves, and removes it', async () => {
  await until('the whole image is stored', async () => {
    const whole = await Promise.all(layersOf(image).map(({ digest }) => isWhole(digest)));
    return whole.every(Boolean);
  });
  expect((await run('verify')).exitCode).toBe(0);
  const [changed = '', short = ''] = layersOf(image).map(({ digest }) => digest);
  const plant = `printf damage | dd of=${blobFile('/var/lib/registry', changed)} seek=1000 bs=1 conv=notrunc`;
  await appliance.exec(['bash', '-c', plant], { user: '0' });
  await truncate(fileOf(short), 0);

  const found = await run('verify');
  expect(found.exitCode).toBe(1);
  const lines = found.stdout.split('\n');
  expect(lines).toHaveLength(3);
  expect(lines).toContain(`damaged 0 B ${short} reg.test/team/app`);
  expect(lines).toContainEqual(
    expect.stringMatching(new RegExp(`^damaged 3\\.0 MiB ${changed} reg\\.test/team/app$`)),
  );
  expect(lines.at(-1)).toMatch(/ in \d+ blobs; 2 damaged$/);
  expect((await run('verify', '--remove')).exitCode).toBe(0);
  expect([await isWhole(changed), await isWhole(short)]).toEqual([false, false]);
  await pull();
  await until('both are whole again', async () => (await isWhole(changed)) && isWhole(short));
  expect(await run('verify')).toMatchObject({ exitCode: 0 });
});

it('a kill in the middle of a store write leaves no partial blob', async () => {
  const plan = { seed: 'killed', layerSizesBytes: [8 * MIB] };
  const cold = await pushImage(registry, 'team/cold', 'v1', plan);
  const digest = layersOf(cold)[0]?.digest ?? '';
  faultProxy.setRules({ when: { kind: 'blob' }, do: { bytesPerSecond: 2 * MIB, share: 'all' } });
  await using client = appliance.client();
  const path = `/v2/reg.test/team/cold/blobs/${digest}`;
  const cut = client.get(path).catch((error: Error) => error);
  const spool = egressDir(appliance.storeDir);
  await until('some of it is on the disk', async () => {
    const [name] = await readdir(spool);
    return name !== undefined && (await stat(join(spool, name))).size > MIB;
  });
  await killProgram(appliance, 'egress');
  expect(await cut).toBeInstanceOf(Error);
  const repository = repositoryDir(appliance.storeDir, 'reg.test', 'team/cold');
  for (const file of [fileOf(digest), layerLinkDir(repository, digest)]) {
    await expect(stat(file)).rejects.toThrow('ENOENT');
  }
  faultProxy.setRules();
  await until('it is served whole', async () => {
    const answer = await client.get(path);
    return answer.status === 200 && answer.body.length >= 8 * MIB;
  });
  await until('it is stored, and nothing is left of the first write', async () => {
    return (await isWhole(digest)) && (await readdir(spool)).length === 0;
  });
});
