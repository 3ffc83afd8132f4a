import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  type Container,
  createPodmanClient,
  findFreePort,
  imageName,
  makeTemporaryFolder,
  runCommand,
  runContainer,
  runOrThrow,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunArguments, readShellBlocks } from './documented.ts';
import { readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askThrough } from './through-proxy.ts';

const [SIMPLE = '', WITH_LOGINS = ''] = readShellBlocks(
  'coming-from.md',
  'The intercepting proxy (rpardini, gmarcy)',
);
/** A file of nginx's cache, below folders of one and two digits. */
const OLD_FILE = 'a/1f/8d3a1f0b5c7e9f2d4b6a8c0e1f3d5a1f';
const PASSWORDS = { robot: 'secret' };

let stage: Stage;
let image: Bundle;
let policy: string;
let folder: string;

beforeAll(async () => {
  stage = await openStage();
  const open = await stage.upstream();
  const closed = await stage.upstream({ passwords: PASSWORDS });
  image = await pushImage(open, 'library/one', 'v1', { seed: 'intercepted' });
  const credentials = { username: 'robot', password: 'secret' };
  await pushImage({ ...closed, credentials }, 'team/app', 'v1', { seed: 'closed' });
  const temporary = stage.use(await makeTemporaryFolder('coming-from'));
  folder = temporary.path;
  // The only thing that an operator of that program does not have: the internet is not there.
  policy = join(folder, 'policy.yaml');
  const upstreams = { 'docker.io': { url: open.url } };
  const both = { ...upstreams, 'reg.example.com': { url: closed.url } };
  await writeFile(policy, JSON.stringify({ upstreams }));
  await writeFile(`${policy}.both`, JSON.stringify({ upstreams: both }));
});

afterAll(() => stage[Symbol.asyncDispose]());

interface Started {
  readonly container: Container;
  readonly port: number;
  /** What the command mounts as the cache, and as /ca. */
  readonly cache: string;
  readonly ca: string;
}

/** Runs a command of the document, with folders and a port of this test. */
async function start(
  command: string,
  name: string,
  more: readonly string[] = [],
): Promise<Started> {
  const [cache, ca] = [join(folder, name, 'cache'), join(folder, name, 'ca')];
  await mkdir(cache, { recursive: true });
  await mkdir(ca, { recursive: true });
  const port = await findFreePort('127.0.0.1');
  const args = readRunArguments(command, {
    '0.0.0.0:3128:': `127.0.0.1:${port}:`,
    './registry_proxy_mirror_cache:': `${cache}:`,
    './docker_mirror_cache:': `${cache}:`,
    './registry_proxy_mirror_certs:': `${ca}:`,
    './docker_mirror_certs:': `${ca}:`,
  });
  const network = `--network=${stage.network.name}`;
  const container = await runContainer(imageName(), [
    network,
    '--no-healthcheck',
    ...args,
    ...more,
  ]);
  stage.use({ [Symbol.asyncDispose]: container.remove });
  return { container, port, cache, ca };
}

const fetchCa = (port: number) => runCommand('curl', ['-fsS', `http://127.0.0.1:${port}/ca.crt`]);
const isServing = async (port: number) => (await fetchCa(port)).exitCode === 0;

/** Makes an authority in a folder as that program does: its key is encrypted by a fixed word. */
async function makeTheirAuthority(ca: string): Promise<string> {
  const [key, certificate] = [join(ca, 'ca.key'), join(ca, 'ca.crt')];
  const word = ['-passout', 'pass:foobar'];
  await runOrThrow('openssl', ['genrsa', '-des3', ...word, '-out', key, '2048']);
  const subject = '/C=NL/ST=Noord Holland/L=Amsterdam/O=ME/OU=IT/CN=DockerMirrorBox CA Root';
  const request = ['req', '-new', '-x509', '-days', '1300', '-sha256', '-subj', subject];
  await runOrThrow('openssl', [
    ...request,
    ...['-key', key, '-passin', 'pass:foobar', '-out', certificate],
    ...['-addext', 'keyUsage=critical,digitalSignature,cRLSign,keyCertSign'],
  ]);
  return readFile(certificate, 'utf8');
}

describe('the simple command of that program, in its own folders', () => {
  let started: Started;
  let authority: string;

  beforeAll(async () => {
    const old = join(folder, 'simple/cache', OLD_FILE);
    await mkdir(join(old, '..'), { recursive: true });
    await writeFile(old, 'nginx', { mode: 0o600 });
    await mkdir(join(folder, 'simple/ca'), { recursive: true });
    authority = await makeTheirAuthority(join(folder, 'simple/ca'));
    started = await start(SIMPLE, 'simple', ['-v', `${policy}:/registry-cache.yaml:ro`]);
    await until('the proxy answers', () => isServing(started.port));
  });

  it('keeps the authority that clients trust', async () => {
    expect((await fetchCa(started.port)).stdout.trim()).toBe(authority.trim());
  });

  it('serves Docker Hub to podman by HTTPS_PROXY, the second time from its store', async () => {
    const proxy = `http://127.0.0.1:${started.port}`;
    await using podman = await createPodmanClient({ ca: authority, proxy });
    const pull = () => podman.pull('docker.io/library/one:v1');
    expect(await pull()).toMatchObject({ exitCode: 0 });
    await podman.removeImages();
    expect(await pull()).toMatchObject({ exitCode: 0 });
    const logs = await started.container.exec(['registry-cache', 'logs']);
    expect(logs.stdout).toContain('HIT');
  });

  it.each(['registry-1.docker.io', 'index.docker.io'])('answers for %s', async (host) => {
    const path = '/v2/library/one/manifests/v1';
    const found = await askThrough(started, `${host}:443`, path, { ca: authority });
    expect(found).toMatchObject({
      status: 200,
      headers: { 'docker-content-digest': image.top.digest },
    });
  });

  it('stores in the mounted folder, and leaves the files of nginx there alone', async () => {
    expect(await readdir(started.cache)).toEqual(
      expect.arrayContaining(['a', 'blobs', 'egress', 'registries']),
    );
    const old = join(started.cache, OLD_FILE);
    expect(await readFile(old, 'utf8')).toBe('nginx');
    expect((await stat(old)).uid).toBe(process.getuid?.());
    const cleaned = await started.container.exec(['registry-cache', 'verify']);
    expect(cleaned).toMatchObject({ exitCode: 0 });
    expect(await readFile(old, 'utf8')).toBe('nginx');
  });

  it('says once what was taken and what is there', async () => {
    const events = await readEvents(started.container);
    const taken = events.filter((event) => event.taken !== undefined);
    expect(taken).toEqual([
      expect.objectContaining({
        taken: [
          '/registry_proxy_mirror_cache is REGISTRYDIR=/registry_proxy_mirror_cache',
          'the size of /registry_proxy_mirror_cache is CLEANER_MAXSIZE=32G',
        ],
      }),
    ]);
    expect(events.filter(({ folders }) => folders !== undefined)).toEqual([
      expect.objectContaining({ folders: 'a', directory: '/registry_proxy_mirror_cache' }),
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ path: '/registry_proxy_mirror_cache', maxSize: '32 GiB' }),
    );
  });

  it('sets a node up by the recipe for kind, which changes the script by sed', async () => {
    const root = stage.use(await makeTemporaryFolder('kind-node')).path;
    await mkdir(join(root, 'usr/local/share/ca-certificates'), { recursive: true });
    await mkdir(join(root, 'bin'));
    for (const name of ['systemctl', 'update-ca-certificates']) {
      const script = '#!/bin/sh\n[ "$1" != cat ] || [ "$2" = containerd ]\n';
      await writeFile(join(root, 'bin', name), script, { mode: 0o755 });
    }
    const recipe = [
      `curl -fsS http://127.0.0.1:${started.port}/setup/systemd`,
      String.raw`sed s/docker\.service/containerd\.service/g`,
      String.raw`sed '/Environment/ s/$/ "NO_PROXY=127.0.0.0\/8,10.0.0.0\/8"/'`,
      'bash',
    ].join(' | ');
    const env = { ROOT: root, PATH: `${join(root, 'bin')}:${process.env.PATH}` };
    expect(await runCommand('sh', ['-c', recipe], { env })).toMatchObject({ exitCode: 0 });
    const dropIn = 'etc/systemd/system/containerd.service.d/registry-cache-proxy.conf';
    expect(await readFile(join(root, dropIn), 'utf8')).toMatch(
      /^\[Service\]\nEnvironment="HTTPS_PROXY=http:\/\/127\.0\.0\.1:\d+" "NO_PROXY=[^"]*" "NO_PROXY=127\.0\.0\.0\/8,10\.0\.0\.0\/8"\n$/,
    );
  });
});

describe('its command with registries, logins and a size', () => {
  let started: Started;

  beforeAll(async () => {
    started = await start(WITH_LOGINS, 'logins', ['-v', `${policy}.both:/registry-cache.yaml:ro`]);
    await until('the proxy answers', () => isServing(started.port));
  });

  it('serves its list, Docker Hub besides, and registries with a login', async () => {
    const ca = (await fetchCa(started.port)).stdout;
    const ask = (host: string, path: string) => askThrough(started, `${host}:443`, path, { ca });
    const found = await ask('reg.example.com', '/v2/team/app/manifests/v1');
    expect(found).toMatchObject({ status: 200 });
    expect(await ask('registry-1.docker.io', '/v2/library/one/manifests/v1')).toMatchObject({
      status: 200,
    });
    const { stdout } = await started.container.exec(['registry-cache', 'check']);
    const served = stdout.split('\n').map((line) => line.split(': ')[0]);
    expect(served).toEqual(
      expect.arrayContaining(['docker.io', 'gcr.io', 'quay.io', 'reg.example.com']),
    );
  });

  it('names its size and its folder by their names here', async () => {
    const events = await readEvents(started.container);
    expect(events.filter((event) => event.taken !== undefined)).toEqual([
      expect.objectContaining({
        taken: [
          'CACHE_MAX_SIZE=64g is CLEANER_MAXSIZE=64G',
          '/docker_mirror_cache is REGISTRYDIR=/docker_mirror_cache',
          'REGISTRIES without docker.io is REGISTRIES with docker.io',
        ],
      }),
    ]);
    expect(await readdir(started.cache)).toContain('blobs');
    expect(JSON.stringify(events)).not.toContain('dockerhub_username:secret');
  });

  it('has the store in the folder for an unprivileged user too, or says that it may not', async () => {
    const policyMount = ['-v', `${policy}:/registry-cache.yaml:ro`];
    await mkdir(join(folder, 'user/cache'), { recursive: true });
    await runOrThrow('chmod', ['777', join(folder, 'user/cache')]);
    const user = await start(SIMPLE, 'user', [...policyMount, '--user=12345:12345']);
    await until('the proxy answers', () => isServing(user.port));
    expect(await readdir(user.cache)).toContain('blobs');
    const refused = await start(SIMPLE, 'refused', [...policyMount, '--user=12345:12345']);
    expect(await refused.container.exitCode()).toBe(1);
    expect(await refused.container.logs()).toContain(
      'REGISTRYDIR /registry_proxy_mirror_cache: found EACCES',
    );
  });
});
