import {
  createDockerMachineClient,
  makeImage,
  openMachine,
  startDocker,
} from '@registry-cache/testbed';
import { expect, it } from 'vitest';
import { pushAsAnn, SHARED, startShared } from '../hidden-stage.ts';
import { ANN, BOB } from '../hosted-stage.ts';
import { openStage } from '../stage.ts';
import { good, openTrusting } from './trusting-machine.ts';

it.each(['bookworm', 'sid'] as const)(
  'docker of %s sends layers that rules with a tag hide from its user',
  async (suite) => {
    await using stage = await openStage();
    const appliance = await startShared(stage, await stage.upstream());
    // docker trusts every registry of the loopback.
    const machine = stage.use(await openMachine({ suite, hosts: {} }));
    await startDocker(machine);
    const client = createDockerMachineClient(machine);
    const docker = async (...args: string[]) => good(await machine.run('docker', args));
    for (const repository of SHARED) {
      await pushAsAnn(appliance, repository, 'secret', makeImage({ seed: repository }));
      const source = `${appliance.registry}/${repository}:secret`;
      const target = `${appliance.registry}/${repository}:mine`;
      await client.login(appliance.registry, ANN);
      await docker('pull', '--quiet', source);
      await docker('tag', source, target);
      await client.login(appliance.registry, BOB);
      await docker('push', target);
      await docker('rmi', source, target);
      await docker('pull', '--quiet', target);
      const refused = await machine.run('docker', ['pull', '--quiet', source]);
      expect(refused.exitCode).not.toBe(0);
    }
  },
);

it('crane sends layers that rules with a tag hide from its user', async () => {
  await using stage = await openStage();
  const appliance = await startShared(stage, await stage.upstream());
  const machine = await openTrusting(stage, appliance, 'sid');
  const login = async ({ username, password }: typeof ANN) => {
    const args = ['auth', 'login', appliance.registry, '-u', username, '--password-stdin'];
    good(await machine.run('crane', args, { input: password }));
  };
  for (const repository of SHARED) {
    await pushAsAnn(appliance, repository, 'secret', makeImage({ seed: repository }));
    const name = `${appliance.registry}/${repository}`;
    await login(ANN);
    good(await machine.run('crane', ['pull', '--format=oci', `${name}:secret`, '/tmp/image']));
    await login(BOB);
    good(await machine.run('crane', ['push', '/tmp/image', `${name}:mine`]));
    good(await machine.run('crane', ['validate', '--remote', `${name}:mine`]));
    good(await machine.run('rm', ['-r', '/tmp/image']));
  }
});
