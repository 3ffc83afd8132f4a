import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Appliance, basicAuthorization } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CACHE_HOSTS,
  CACHE_NAME,
  type ClientCommand,
  createClientCommand,
} from './client-command.ts';
import { pullByContainerd, startContainerd, startDocker } from './client-daemons.ts';
import { type ClientMachine, openClientMachine } from './client-machine.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const ANN = { username: 'ann', password: 'correct horse' };
const IMAGE = 'quay.test/team/app:v1';
let stage: Stage;
let appliance: Appliance;
let command: ClientCommand;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'login' });
  await pushImage(upstream, 'library/app', 'v1', { seed: 'login' });
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'docker.io': upstream },
    { env: { CERTIFICATE_NAMES: CACHE_NAME }, passwords: { [ANN.username]: ANN.password } },
  );
  command = createClientCommand(appliance);
});

afterAll(() => stage[Symbol.asyncDispose]());

/** A machine that is set up, without a login so far. */
async function openSetUp(name: string): Promise<ClientMachine> {
  const machine = await openClientMachine(CACHE_HOSTS);
  const result = await machine.sh(await command.print(name, '--curl'));
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  return machine;
}

describe('a cache that asks for a login', () => {
  it('sets up clients without a login, and shows them no secret', async () => {
    await using http = appliance.client();
    const hash = await appliance.exec(['cat', '/auth/htpasswd'], { user: '0' });
    for (const name of ['podman', 'docker', 'containerd', 'crio', 'k3s', 'kind']) {
      const answer = await http.get(`/setup/${name}`, { headers: { host: command.address } });
      expect(answer.status).toBe(200);
      for (const secret of ['PRIVATE KEY', ANN.password, hash.stdout.trim()]) {
        expect(answer.text()).not.toContain(secret);
      }
    }
    expect((await http.get('/setup')).status).toBe(401);
    expect((await http.get('/ca.crtx')).status).toBe(401);
    expect((await http.request('POST', '/setup/podman')).status).toBe(401);
  });

  it('serves skopeo after its login to the cache', async () => {
    await using machine = await openSetUp('podman');
    const env = { REGISTRY_AUTH_FILE: `${machine.path}/auth.json` };
    const copy = ['copy', `docker://${IMAGE}`, `dir:${machine.path}/copy`];
    expect(await machine.run('skopeo', copy)).not.toMatchObject({ exitCode: 0 });
    const login = ['login', '--username=ann', '--password-stdin', command.address];
    const loggedIn = await machine.run('skopeo', login, { env, input: ANN.password });
    expect(loggedIn, loggedIn.stderr).toMatchObject({ exitCode: 0 });
    expect(await machine.run('skopeo', copy, { env })).toMatchObject({ exitCode: 0 });
  });

  it('serves containerd once the login is in hosts.toml, where the comment says', async () => {
    await using machine = await openSetUp('containerd');
    const ctr = await startContainerd(machine);
    expect(await pullByContainerd(ctr, IMAGE)).not.toMatchObject({ exitCode: 0 });
    const login = basicAuthorization(ANN).replace('Basic ', '');
    const file = '/etc/containerd/certs.d/quay.test/hosts.toml';
    // As a person does: remove the comment signs and write the login.
    const edit = `s/^  # \\(\\[\\|  Auth\\)/  \\1/; s|BASE64|${login}|`;
    await machine.run('sed', ['-i', edit, file]);
    const result = await pullByContainerd(ctr, IMAGE);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect((await machine.run('stat', ['--format=%a', file])).stdout).toBe('600');
  });

  it('serves docker after its login to the cache', async () => {
    await using machine = await openSetUp('docker');
    const docker = await startDocker(machine);
    const reference = `${command.address}/${IMAGE}`;
    expect(await docker('pull', reference)).not.toMatchObject({ exitCode: 0 });
    const login = await docker(
      'login',
      `-u=${ANN.username}`,
      `-p=${ANN.password}`,
      command.address,
    );
    expect(login, login.stderr).toMatchObject({ exitCode: 0 });
    expect(await docker('pull', reference)).toMatchObject({ exitCode: 0 });
  });

  it('serves docker as a mirror, by its login for Docker Hub', async () => {
    await using machine = await openSetUp('docker');
    const docker = await startDocker(machine);
    expect(await docker('pull', 'app:v1')).not.toMatchObject({ exitCode: 0 });
    const auth = basicAuthorization(ANN).replace('Basic ', '');
    const config = { auths: { 'https://index.docker.io/v1/': { auth } } };
    await mkdir(join(machine.path, 'docker-config'), { recursive: true });
    await writeFile(join(machine.path, 'docker-config/config.json'), JSON.stringify(config));
    const result = await docker('pull', 'app:v1');
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  });
});
