import {
  createDockerMachineClient,
  makeImage,
  openMachine,
  startDocker,
} from '@registry-cache/testbed';
import { expect, it } from 'vitest';
import { ANN } from '../hosted-stage.ts';
import { digestAt, pushTo, startMirrored } from '../mirrored-stage.ts';
import { openStage } from '../stage.ts';

it.each(['bookworm', 'sid'] as const)(
  'docker of %s pushes into names of upstreams',
  async (suite) => {
    await using stage = await openStage();
    const appliance = await startMirrored(stage, await stage.upstream());
    await pushTo(appliance, 'quay.test/seed/docker', 'v1', makeImage({ seed: 'docker' }));
    // docker trusts every registry of the loopback.
    const machine = stage.use(await openMachine({ suite, hosts: {} }));
    await startDocker(machine);
    await createDockerMachineClient(machine).login(appliance.registry, ANN);
    const docker = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await machine.run('docker', args);
      expect([args, exitCode, stderr]).toEqual([args, 0, expect.any(String)]);
      return stdout;
    };
    const source = `${appliance.registry}/quay.test/seed/docker:v1`;
    await docker('pull', '--quiet', source);
    for (const name of ['quay.test/team/docker', 'gone.test/team/docker']) {
      const target = `${appliance.registry}/${name}:v2`;
      await docker('tag', source, target);
      const [, pushed] = /digest: (sha256:\S+)/.exec(await docker('push', target)) ?? [];
      expect(await digestAt(appliance, name, 'v2')).toBe(pushed);
      await docker('rmi', target);
      await docker('pull', '--quiet', target);
    }
  },
);

it('docker pushes into names whose images wait for their admission', async () => {
  await using stage = await openStage();
  const appliance = await startMirrored(stage, await stage.upstream(), {
    policy: { admission: [{ images: ['quay.test/team/**'], minimumAge: '3d' }] },
  });
  await pushTo(appliance, 'quay.test/seed/docker', 'v1', makeImage({ seed: 'docker' }));
  const machine = stage.use(await openMachine({ suite: 'bookworm', hosts: {} }));
  await startDocker(machine);
  await createDockerMachineClient(machine).login(appliance.registry, ANN);
  const docker = (...args: string[]) => machine.run('docker', args);
  const source = `${appliance.registry}/quay.test/seed/docker:v1`;
  expect(await docker('pull', '--quiet', source)).toMatchObject({ exitCode: 0 });
  const target = `${appliance.registry}/quay.test/team/docker:v2`;
  await docker('tag', source, target);
  expect(await docker('push', target)).toMatchObject({ exitCode: 0 });
  await docker('rmi', target, source);
  const pulled = await docker('pull', '--quiet', target);
  expect(pulled.stderr).toMatch(/is refused/);
});
