import { type Appliance, type DebianSuite, makeImage, pushBundle } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANN, ask, startHosted } from '../hosted-stage.ts';
import { openStage, type Stage } from '../stage.ts';
import { good, openTrusting } from './trusting-machine.ts';

let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  appliance = await startHosted(stage);
});

afterAll(() => stage[Symbol.asyncDispose]());

const open = (suite: DebianSuite) => openTrusting(stage, appliance, suite);

async function tagsOf(repository: string): Promise<unknown> {
  return (await ask(appliance, 'GET', `/v2/${repository}/tags/list`, ANN)).json();
}

it('crane copies, with a mount, and deletes a tag', async () => {
  const machine = await open('sid');
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  await pushBundle(target, 'apps/seed/crane', 'v1', makeImage({ seed: 'crane' }));
  const login = ['auth', 'login', appliance.registry, '-u', ANN.username, '--password-stdin'];
  good(await machine.run('crane', login, { input: ANN.password }));
  const copy = `${appliance.registry}/apps/team/crane:v2`;
  good(await machine.run('crane', ['copy', `${appliance.registry}/apps/seed/crane:v1`, copy]));
  expect(await tagsOf('apps/team/crane')).toMatchObject({ tags: ['v2'] });
  good(await machine.run('crane', ['delete', copy]));
  expect(await tagsOf('apps/team/crane')).toMatchObject({ tags: [] });
});

it('oras pushes an artifact, attaches another, and finds it', async () => {
  const machine = await open('trixie');
  await machine.write('/tmp/notes.txt', 'notes\n');
  const login = ['login', appliance.registry, '-u', ANN.username, '--password-stdin'];
  good(await machine.run('oras', login, { input: ANN.password }));
  const name = `${appliance.registry}/charts/team/notes:v1`;
  const oras = async (...args: string[]) =>
    good(await machine.run('sh', ['-c', 'cd /tmp && exec oras "$@"', 'sh', ...args]));
  const file = 'notes.txt:text/plain';
  await oras('push', name, '--artifact-type', 'application/vnd.example.notes', file);
  await oras('attach', name, '--artifact-type', 'application/vnd.example.sbom', file);
  expect(await oras('discover', name)).toContain('application/vnd.example.sbom');
});

it('buildah pushes what it has built', async () => {
  const machine = await open('trixie');
  await machine.write('/tmp/build/Containerfile', 'FROM scratch\nCOPY Containerfile /\n');
  const storage = ['--storage-driver', 'vfs', '--root', '/tmp/root', '--runroot', '/tmp/runroot'];
  const name = `${appliance.registry}/apps/team/built:v1`;
  good(await machine.run('buildah', [...storage, 'build', '--tag', name, '/tmp/build']));
  const login = `${ANN.username}:${ANN.password}`;
  good(await machine.run('buildah', [...storage, 'push', '--creds', login, name]));
  expect(await tagsOf('apps/team/built')).toMatchObject({ tags: ['v1'] });
});
