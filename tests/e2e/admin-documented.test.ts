import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  basicAuthorization,
  createHttpClient,
  findFreePort,
  type HttpClient,
  makeTemporaryFolder,
  runOrThrow,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readShellBlocks } from './documented.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

/** In docs/admin.md the user is ann, and types her password. */
const ANN = { username: 'ann', password: 'pass of ann' };
/** All commands of the section that begin so, in their order. Each may have several lines. */
const CURL = readShellBlocks('admin.md', 'How do I ask from elsewhere?')
  .flatMap((block) => block.split(/(?<!\\)\n/))
  .filter((command) => command.startsWith('curl '));

let stage: Stage;
let folder: string;
let client: HttpClient;
let hello: Bundle;
let app: Bundle;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('admin-documented')).path;
  const upstream = await stage.upstream();
  hello = await pushImage(upstream, 'podman/hello', 'latest', { seed: 'documented hello' });
  app = await pushImage(upstream, 'team/app', 'v1', { seed: 'documented app' });
  const upstreams = { 'quay.io': upstream };
  const described = JSON.parse(describeUpstreams(upstreams).policyYaml);
  const access = { anonymous: ['pull', 'fetch'], admin: ['ann'] };
  const port = await findFreePort('127.0.0.1');
  const appliance = await stage.appliance(upstreams, {
    passwords: { ann: ANN.password },
    policyYaml: JSON.stringify({ ...described, access }),
    env: { ADMIN_LISTEN: ':8445', CERTIFICATE_NAMES: 'cache.example.com' },
    extraArgs: [`--publish=127.0.0.1:${port}:8445`],
  });
  await pullTargets(appliance, [
    ...listTargets('quay.io', 'podman/hello', 'latest', hello),
    ...listTargets('quay.io', 'team/app', 'v1', app),
  ]);
  await writeFile(join(folder, 'ca.crt'), appliance.ca);
  // In place of the name in a DNS.
  const place = `connect-to = "cache.example.com:8445:127.0.0.1:${port}"`;
  await writeFile(join(folder, '.curlrc'), `${place}\nsilent\nshow-error\nfail\n`);
  const url = `https://127.0.0.1:${port}`;
  client = stage.use(createHttpClient({ url, ca: appliance.ca, pinned: true }));
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Runs a command as it stands. Without a terminal curl reads the password from its input. */
async function run(command: string): Promise<string> {
  const script = 'cd "$1" && CURL_HOME="$1" exec setsid --wait bash -euc "$2"';
  const input = `${ANN.password}\n`;
  return runOrThrow('bash', ['-euc', script, 'bash', folder, command], { input });
}

const commandOf = (verb: string): string => {
  const found = CURL.filter((command) => command.includes(`/api/v1/${verb}`));
  if (found.length !== 1) throw new Error(`docs/admin.md has ${found.length} commands for ${verb}`);
  return found[0] ?? '';
};

it('has these commands, and all of them are run here', () => {
  expect(CURL.map((command) => /\/api\/v1\/(\w+)/.exec(command)?.[1])).toEqual([
    ...['status', 'pin', 'export', 'import'],
  ]);
});

it('status answers', async () => {
  expect(JSON.parse(await run(commandOf('status')))).toMatchObject({
    ...{ upstreams: [{ name: 'quay.io' }], problems: [] },
  });
});

it('pin pins the image', async () => {
  const pinned = JSON.parse(await run(commandOf('pin')));
  expect(pinned).toMatchObject({ image: 'quay.io/team/app:v1', digest: app.top.digest });
  const headers = { authorization: basicAuthorization(ANN) };
  const answer = await client.get('/api/v1/pins', { headers });
  expect(answer.json()).toMatchObject({ pins: [{ by: 'ann', digest: app.top.digest }] });
});

it('export writes a tar, which import reads', async () => {
  expect(await run(commandOf('export'))).toBe('');
  const tar = await readFile(join(folder, 'hello.tar'), 'latin1');
  expect(tar).toContain(hello.top.digest);
  expect(JSON.parse(await run(commandOf('import')))).toMatchObject({ refused: [] });
});
