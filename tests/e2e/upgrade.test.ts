import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  makeImage,
  makeTemporaryFolder,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FORMER_AUDIT, writeFormerStore } from './former-store.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest, manifestsAsked } from './tag-requests.ts';
import { listTargets, pullTargets } from './traffic.ts';

let stage: Stage;
let faultProxy: FaultProxy;
let storeDir: string;
let appliance: Appliance;
let kept: Bundle;
let cold: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const upstream = await stage.upstream();
  cold = await pushImage(upstream, 'team/app', 'v2', { seed: 'cold after the upgrade' });
  faultProxy = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  kept = makeImage({ seed: 'kept over the upgrade' });
  storeDir = stage.use(await makeTemporaryFolder('former')).path;
  await writeFormerStore(storeDir, kept);
  appliance = await stage.appliance(
    { 'reg.test': { url: faultProxy.url, tags: { default: '1h' } } },
    { storeDir },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

it('a kept store is served as before, and its tag keeps its memory', async () => {
  const answer = await askManifest(appliance, 'reg.test/team/app:v1');
  expect(answer).toMatchObject({ status: 200, cache: 'HIT', digest: kept.top.digest });
  await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', kept));
  expect(manifestsAsked(faultProxy)).toEqual([]);
});

it('its pin holds', async () => {
  const { stdout } = await appliance.exec(['registry-cache', 'pins', '--json']);
  const { pins } = JSON.parse(stdout) as { pins: Record<string, unknown>[] };
  const [pin] = pins;
  expect(pin).toMatchObject({ image: 'reg.test/team/app:v1', why: 'pin', whole: true });
});

it('it takes new images, and everything in it is sound', async () => {
  await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v2', cold));
  const { exitCode, stdout } = await appliance.exec(['registry-cache', 'verify']);
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringMatching(/^[\d.]+ KiB in \d+ blobs; 0 damaged$/),
  ]);
});

it('its audit log goes on', async () => {
  const text = await readFile(join(storeDir, 'audit/audit.log'), 'utf8');
  expect(text.startsWith(FORMER_AUDIT)).toBe(true);
  expect(text.length).toBeGreaterThan(FORMER_AUDIT.length);
});
