import {
  type Bundle,
  createSkopeoMachineClient,
  type Machine,
  type RegistryProcess,
  startRegistry,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushImage } from '../stage.ts';
import { CACHE, type ClientStage, openClientStage } from './client-stage.ts';
import { trustInContainers } from './trust.ts';
import { describeWays, type Way } from './ways.ts';

const COPY: Omit<Way, 'suite'> = {
  setUp: async (machine, cache) => {
    await trustInContainers(machine, cache);
    return createSkopeoMachineClient(machine);
  },
};

describeWays({
  'skopeo 1.9': { suite: 'bookworm', ...COPY },
  'skopeo 1.18': { suite: 'trixie', ...COPY },
});

describe.each(['bookworm', 'trixie'] as const)('skopeo of %s', (suite) => {
  let stage: ClientStage;
  let machine: Machine;
  let v1: Bundle;
  let elsewhere: RegistryProcess;

  beforeAll(async () => {
    stage = await openClientStage();
    const { registry } = stage.upstreams['quay.io'];
    v1 = await pushImage(registry, 'team/synced', 'v1', { seed: 'sync' });
    await pushImage(registry, 'team/synced', 'v2', { seed: 'sync 2' });
    machine = await stage.machine(suite, stage.open);
    await trustInContainers(machine, stage.open);
    elsewhere = await startRegistry();
  });
  afterAll(async () => {
    await elsewhere?.remove();
    await machine?.stop();
    await stage?.[Symbol.asyncDispose]();
  });

  const skopeo = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await machine.run('skopeo', args);
    return { exitCode, text: stdout + stderr };
  };

  it('lists tags and inspects', async () => {
    const { stdout } = await machine.run('skopeo', [
      'list-tags',
      `docker://${CACHE}/quay.io/team/synced`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ Tags: ['v1', 'v2'] });
    const inspected = await machine.run('skopeo', [
      'inspect',
      `docker://${CACHE}/quay.io/team/synced:v1`,
    ]);
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      Digest: v1.top.digest,
      RepoTags: ['v1', 'v2'],
    });
  });

  it('syncs every tag from the cache into a folder, and from there into another registry', async () => {
    const source = `${CACHE}/quay.io/team/synced`;
    const out = await skopeo('sync', '--src=docker', '--dest=dir', '--scoped', source, '/tmp/out');
    expect(out).toMatchObject({ exitCode: 0 });
    const folder = `/tmp/out/${CACHE}/quay.io/team`;
    const target = `127.0.0.1:${elsewhere.port}/mirrored`;
    const insecure = '--dest-tls-verify=false';
    const back = await skopeo('sync', '--src=dir', '--dest=docker', insecure, folder, target);
    expect(back).toMatchObject({ exitCode: 0 });
    const listed = await skopeo('list-tags', '--tls-verify=false', `docker://${target}/synced`);
    expect(JSON.parse(listed.text)).toMatchObject({ Tags: ['v1', 'v2'] });
  });

  it('syncs the images of a list', async () => {
    await machine.write(
      '/root/sync.yaml',
      `${CACHE}: {tls-verify: true, images: {quay.io/team/synced: [v2]}}\n`,
    );
    const synced = await skopeo(
      'sync',
      '--src=yaml',
      '--dest=dir',
      '/root/sync.yaml',
      '/tmp/listed',
    );
    expect(synced).toMatchObject({ exitCode: 0 });
    await machine.read('/tmp/listed/synced:v2/manifest.json');
  });

  it('gets an error for a push that says that a cache refuses pushes', async () => {
    await skopeo('copy', `docker://${CACHE}/quay.io/team/synced:v1`, 'dir:/tmp/pushed');
    const pushed = await skopeo(
      'copy',
      'dir:/tmp/pushed',
      `docker://${CACHE}/quay.io/team/pushed:v1`,
    );
    expect(pushed.exitCode).not.toBe(0);
    expect(pushed.text).toMatch(/405|unsupported/i);
  });
});
