import { join } from 'node:path';
import {
  type Appliance,
  createSkopeoClient,
  type DebianSuite,
  makeImage,
  makeTemporaryFolder,
  type RegistryProcess,
  runCommand,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { COSIGN } from '../cosign.ts';
import { ANN, ask } from '../hosted-stage.ts';
import { digestAt, pushTo, startMirrored } from '../mirrored-stage.ts';
import { openStage, type Stage } from '../stage.ts';
import { good, openTrusting } from './trusting-machine.ts';

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  appliance = await startMirrored(stage, upstream);
});

afterAll(() => stage[Symbol.asyncDispose]());

const open = (suite: DebianSuite) => openTrusting(stage, appliance, suite);

it("crane copies into an upstream's name, also while its registry is away, and deletes", async () => {
  const machine = await open('sid');
  const image = makeImage({ seed: 'crane' });
  await pushTo(appliance, 'quay.test/seed/crane', 'v1', image);
  const login = ['auth', 'login', appliance.registry, '-u', ANN.username, '--password-stdin'];
  good(await machine.run('crane', login, { input: ANN.password }));
  for (const name of ['quay.test/team/crane', 'gone.test/team/crane']) {
    const copy = `${appliance.registry}/${name}:v2`;
    good(
      await machine.run('crane', ['copy', `${appliance.registry}/quay.test/seed/crane:v1`, copy]),
    );
    expect(await digestAt(appliance, name, 'v2')).toBe(image.top.digest);
    good(await machine.run('crane', ['delete', copy]));
    await expect
      .poll(() => digestAt(appliance, name, 'v2'), { timeout: 6_000 })
      .not.toBe(image.top.digest);
  }
});

it('oras pushes an artifact, attaches another, and finds it', async () => {
  const machine = await open('trixie');
  await machine.write('/tmp/notes.txt', 'notes\n');
  const login = ['login', appliance.registry, '-u', ANN.username, '--password-stdin'];
  good(await machine.run('oras', login, { input: ANN.password }));
  for (const registry of ['quay.test', 'gone.test']) {
    const name = `${appliance.registry}/${registry}/team/notes:v1`;
    const oras = async (...args: string[]) =>
      good(await machine.run('sh', ['-c', 'cd /tmp && exec oras "$@"', 'sh', ...args]));
    const file = 'notes.txt:text/plain';
    await oras('push', name, '--artifact-type', 'application/vnd.example.notes', file);
    await oras('attach', name, '--artifact-type', 'application/vnd.example.sbom', file);
    expect(await oras('discover', name)).toContain('application/vnd.example.sbom');
  }
});

it('cosign signs what was pushed, and verifies it', async () => {
  const folder = await makeTemporaryFolder('cosign');
  onTestFinished(folder.remove);
  const image = makeImage({ seed: 'cosign' });
  await pushTo(appliance, 'quay.test/team/signed', 'v1', image);
  const name = `${appliance.registry}/quay.test/team/signed@${image.top.digest}`;
  await using skopeo = await createSkopeoClient({
    ca: appliance.ca,
    logins: { [appliance.registry]: ANN },
  });
  const loginFile = join(folder.path, 'config.json');
  good(
    await skopeo.run(
      ...['login', '--authfile', loginFile, '-u', ANN.username, '-p', ANN.password],
      appliance.registry,
    ),
  );
  const caFile = join(folder.path, 'ca.crt');
  await runCommand('sh', ['-c', 'cat > "$0"', caFile], { input: appliance.ca });
  const cosign = (...args: string[]) =>
    runCommand(COSIGN, args, {
      env: {
        HOME: folder.path,
        DOCKER_CONFIG: folder.path,
        SSL_CERT_FILE: caFile,
        COSIGN_PASSWORD: '',
      },
    });
  const prefix = join(folder.path, 'cosign');
  good(await cosign('generate-key-pair', `--output-key-prefix=${prefix}`));
  const old = ['--use-signing-config=false', '--tlog-upload=false', '--new-bundle-format=false'];
  good(await cosign('sign', `--key=${prefix}.key`, ...old, '--yes', name));
  const check = [
    'verify',
    `--key=${prefix}.pub`,
    '--insecure-ignore-tlog',
    '--new-bundle-format=false',
  ];
  good(await cosign(...check, name));
  const tag = `${image.top.digest.replace(':', '-')}.sig`;
  const tags = await ask(appliance, 'GET', '/v2/quay.test/team/signed/tags/list', ANN);
  expect(tags.json()).toMatchObject({ tags: expect.arrayContaining(['v1', tag]) });
});
