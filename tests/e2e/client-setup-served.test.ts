import { join } from 'node:path';
import { CLIENTS } from '@registry-cache/config';
import { type Appliance, runOrThrow, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CACHE_HOSTS,
  CACHE_NAME,
  type ClientCommand,
  createClientCommand,
} from './client-command.ts';
import { openClientMachine } from './client-machine.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let appliance: Appliance;
let command: ClientCommand;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'docker.io': upstream, 'reg.test:5000': upstream },
    { env: { CERTIFICATE_NAMES: CACHE_NAME } },
  );
  command = createClientCommand(appliance);
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('the set-up over HTTPS', () => {
  it.each(Object.keys(CLIENTS))('is the same as the command prints: %s', async (name) => {
    const expected = await command.print(name, '--script');
    for (const http2 of [false, true]) {
      await using http = appliance.client({ http2 });
      const answer = await http.get(`/setup/${name}`, { headers: { host: command.address } });
      expect(answer.status).toBe(200);
      expect(answer.text().trimEnd()).toBe(expected);
      const head = await http.head(`/setup/${name}`, { headers: { host: command.address } });
      expect(head.status).toBe(200);
      expect(head.body).toHaveLength(0);
    }
  });

  it('serves the certificate without its key, and nothing to a client with another pin', async () => {
    await using http = appliance.client();
    const answer = await http.get('/ca.crt', { headers: { host: command.address } });
    expect(answer.text()).toBe(appliance.ca);
    await using machine = await openClientMachine(CACHE_HOSTS);
    const line = (await command.print('podman', '--curl')).replace(
      /sha256\/\/.{4}/,
      'sha256//AAAA',
    );
    const result = await machine.sh(line);
    expect(result.stderr).toContain('SSL: public key does not match pinned public key');
    expect((await machine.sh('ls /etc/containers/certs.d')).exitCode).not.toBe(0);
  });

  it('answers GET and HEAD only, for valid hosts and known clients', async () => {
    await using http = appliance.client({ trustAnyone: true });
    const ask = async (method: string, path: string, host: string) => {
      const { status, body } = await http.request(method, path, { headers: { host } });
      return `${status} ${body}`;
    };
    expect(await ask('POST', '/setup/podman', command.address)).toMatch(/^405 /);
    expect(await ask('GET', '/setup/zot', command.address)).toMatch(
      /^404 there are \/setup\/podman .* \/ca.crt/,
    );
    for (const host of [
      "a'$(id)'.test",
      'a"b.test',
      'a%[path].test',
      'cache',
      '[::1]:8443',
      'a b:1',
    ]) {
      expect(await ask('GET', '/setup/podman', host), host).toMatch(/^400 /);
    }
    const registryHost = await ask('GET', '/setup/podman', `quay.test.${command.address}`);
    expect(registryHost).toMatch(/^400 this is a name of one registry/);
    expect(await ask('GET', '/setup/podman', 'CACHE.TEST')).toContain('"cache.test/quay.test"');
  });

  it('can be written as a folder, for many clients', async () => {
    await using machine = await openClientMachine(CACHE_HOSTS);
    const [folder, byScript] = [join(machine.path, 'files'), join(machine.path, 'by-script')];
    // Those two scripts change nodes, and no files of the machine that they run on.
    const elsewhere = ['kind', 'openshift'];
    for (const name of Object.keys(CLIENTS).filter((one) => !elsewhere.includes(one))) {
      await command.print(name, '--out', `/tmp/${name}`);
      await runOrThrow('podman', ['cp', `${appliance.id}:/tmp/${name}`, folder]);
      const line = (await command.print(name, '--curl')).replace(/sh$/, `ROOT=${byScript} sh`);
      expect(await machine.sh(line)).toMatchObject({ exitCode: 0 });
      const same = await machine.run('diff', ['-r', folder, byScript]);
      expect(same, name).toMatchObject({ exitCode: 0, stdout: '' });
      await machine.run('rm', ['-r', folder, byScript]);
    }
  });

  it('follows the pull secret', async () => {
    await using http = appliance.client();
    await appliance.writePullSecret({ auths: { 'quay.test': {}, 'new.test': {} } });
    await appliance.writePolicy('{}');
    await until('the script names the new registry', async () => {
      const answer = await http.get('/setup/podman', { headers: { host: command.address } });
      return answer.text().includes('"new.test"') && !answer.text().includes('reg.test');
    });
  });
});
