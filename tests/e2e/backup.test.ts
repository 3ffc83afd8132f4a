import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  makeTemporaryFolder,
  type RegistryProcess,
  runCommand,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IMAGE } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest, manifestsAsked } from './tag-requests.ts';
import { listTargets, pullTargets, startTraffic } from './traffic.ts';

let stage: Stage;
let upstream: RegistryProcess;
let faultProxy: FaultProxy;
let first: Appliance;
let pulled: Bundle;
let pushed: Bundle;
let file: string;

/** An appliance that knows one registry and hosts another, where everybody may push. */
const start = (storeDir?: string) =>
  stage.appliance(
    {},
    {
      pullSecret: { auths: { 'reg.test': {} } },
      policyYaml: JSON.stringify({
        upstreams: { 'reg.test': { url: faultProxy.url, tags: { default: '1h' } } },
        hosted: { apps: {}, maxSize: '1G' },
        access: {
          default: ['pull', 'fetch'],
          rules: [{ images: ['apps/**'], allow: ['pull', 'push', 'delete'] }],
        },
      }),
      ...(storeDir !== undefined && { storeDir }),
    },
  );

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  pulled = await pushImage(upstream, 'team/app', 'v1', { seed: 'backup' });
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  first = await start();
  await pullTargets(first, listTargets('reg.test', 'team/app', 'v1', pulled));
  const plan = { seed: 'own', layerSizesBytes: [3_000_000] };
  pushed = await pushImage(targetOf(first), 'apps/own', 'v1', plan);
  await first.exec(['registry-cache', 'pin', 'reg.test/team/app:v1']);
  const folder = stage.use(await makeTemporaryFolder('backup'));
  file = join(folder.path, 'backup.tar');
});

afterAll(() => stage[Symbol.asyncDispose]());

it('is written while clients pull, and is no larger than what nobody could fetch again', async () => {
  const targets = listTargets('apps', 'own', 'v1', pushed);
  const traffic = startTraffic(first, targets);
  await traffic.untilServed(1);
  const command = `podman exec ${first.id} registry-cache backup - >${file}`;
  const { exitCode, stderr } = await runCommand('sh', ['-c', command]);
  expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^registry-cache: \d+ files of /)]);
  expect(await traffic.stop()).toEqual([]);
  const { size } = await stat(file);
  expect(size).toBeGreaterThan(3_000_000);
  expect(size).toBeLessThan(3_500_000);
});

it('is refused for a store that is not empty', async () => {
  const before = await readdir(first.storeDir);
  const { exitCode, stderr } = await restore(first.storeDir, first.certsDir);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^registry-cache: \/var\/lib\/registry: found \d entries \(.*accepted: an empty folder/,
  );
  expect(await readdir(first.storeDir)).toEqual(before);
});

it('brings hosted images, pins, the memory of tags and the certificate into an empty folder', async () => {
  const store = stage.use(await makeTemporaryFolder('restored'));
  const certs = stage.use(await makeTemporaryFolder('restored-certs'));
  const { exitCode, stdout } = await restore(store.path, certs.path);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^restored \d+ files of 2/)]);
  const certificate = join(certs.path, 'certs.pem');
  expect(await readFile(certificate, 'utf8')).toContain(first.ca.trim());
  expect((await stat(certificate)).mode & 0o777).toBe(0o600);

  // The registry has another image under this tag by now, and the tag is valid for an hour.
  await pushImage(upstream, 'team/app', 'v1', { seed: 'after the backup' });
  const second = await start(store.path);
  faultProxy.forget();
  const answer = await askManifest(second, 'reg.test/team/app:v1');
  expect(answer).toMatchObject({ status: 200, cache: 'HIT', digest: pulled.top.digest });
  expect(manifestsAsked(faultProxy)).toEqual([]);
  await pullTargets(second, listTargets('apps', 'own', 'v1', pushed));
  const pins = await second.exec(['registry-cache', 'pins', '--json']);
  expect(pins.stdout).toContain('"image":"reg.test/team/app:v1"');
  // What the pin holds is not in the backup, and comes from the registry again.
  await pullTargets(second, listTargets('reg.test', 'team/app', 'v1', pulled));
  // What was restored belongs to the programs, which go on with it.
  const next = await pushImage(targetOf(second), 'apps/own', 'v2', { seed: 'next' });
  await pullTargets(second, listTargets('apps', 'own', 'v2', next));
});

const targetOf = ({ url }: Appliance) => ({ url, trustAnyone: true });

function restore(storeDir: string, certsDir: string) {
  const volumes = [`${storeDir}:/var/lib/registry`, `${certsDir}:/certs`];
  const args = volumes.flatMap((volume) => ['--volume', volume]).join(' ');
  const run = `podman run --rm --interactive --no-healthcheck ${args} --entrypoint registry-cache`;
  return runCommand('sh', ['-c', `${run} ${IMAGE} restore - <${file}`]);
}
