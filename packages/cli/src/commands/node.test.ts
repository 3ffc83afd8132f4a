import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServerCertificate } from '@registry-cache/config';
import { NODE_CLIENTS, runNode } from '@registry-cache/nodes';
import { createLogger } from '@registry-cache/runtime';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

const PEM = await createServerCertificate(['localhost'], new Date());
const RECORD = '/var/lib/registry-cache-nodes';
const QUAY = '/etc/containerd/certs.d/quay.io/hosts.toml';
const CONFIG = '/etc/containerd/config.toml';
const WITH_PATH = `version = 2
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
`;
const HOSTS = `server = "https://quay.io"

[host."https://mirror-1.example.com"]
  capabilities = ["pull"]

[host."https://mirror-2.example.com"]
  capabilities = ["pull"]`;

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

// The machine may be busy, and each case starts programs.
const expectSoon = { timeout: 30_000 };

describe('registry-cache node', () => {
  it('needs an address and the certificates to trust', async () => {
    const { exitCode, stderr } = await runProgram(['node', 'containerd'], {});
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('--address');
  });

  it.each([
    ['containerd', { [CONFIG]: WITH_PATH, [QUAY]: HOSTS }, QUAY],
    [
      'containerd',
      { [CONFIG]: WITH_PATH.replace('certs.d', 'hosts.d') },
      '/etc/containerd/hosts.d/quay.io/hosts.toml',
    ],
    ['k3s', rancher('k3s'), '/var/lib/rancher/k3s/agent/etc/containerd/certs.d/quay.io/hosts.toml'],
    [
      'rke2',
      rancher('rke2'),
      '/var/lib/rancher/rke2/agent/etc/containerd/certs.d/docker.io/hosts.toml',
    ],
    [
      'crio',
      { '/etc/containers/registries.conf': 'unqualified-search-registries = ["docker.io"]\n' },
      '/etc/containers/registries.conf.d/zz-registry-cache.conf',
    ],
    [
      'docker',
      { '/etc/docker/daemon.json': '{ "registry-mirrors": ["https://a"]}' },
      '/etc/docker/daemon.json',
    ],
    ['docker', {}, '/etc/docker/daemon.json'],
  ])(
    'sets %s up while the cache answers, and puts each byte back: %o',
    async (client, own, path) => {
      const cache = await startCache();
      const root = makeRoot(own);
      const before = describeTree(root);
      const node = startNode(client, root, cache.address);
      await expect.poll(() => readOrEmpty(root, path), expectSoon).toContain(cache.address);
      expect(describeTree(root)).not.toBe(before);
      await node.stop();
      expect(describeTree(root)).toBe(before);
    },
  );

  it('writes nothing before the cache answers', async () => {
    const cache = await startCache();
    await cache.stop();
    const root = makeRoot({ [CONFIG]: WITH_PATH });
    const before = describeTree(root);
    const node = startNode('containerd', root, cache.address);
    await pause(1_500);
    expect(describeTree(root)).toBe(before);
    const again = await startCache(cache.port);
    await expect.poll(() => readOrEmpty(root, QUAY), expectSoon).toContain(again.address);
    await node.stop();
  });

  it('takes the cache out within ten seconds when it stops answering', async () => {
    const cache = await startCache();
    const root = makeRoot({ [CONFIG]: WITH_PATH, [QUAY]: HOSTS });
    const before = describeTree(root);
    startNode('containerd', root, cache.address, { periodMs: 2_000 });
    await expect.poll(() => readOrEmpty(root, QUAY), expectSoon).toContain(cache.address);
    // It takes connections and answers nothing, which is the slowest way to be gone.
    cache.silence();
    const since = Date.now();
    await expect.poll(() => readOrEmpty(root, QUAY), { timeout: 10_000 }).toBe(HOSTS);
    expect(Date.now() - since).toBeLessThan(10_000);
    await expect.poll(() => describeTree(root), expectSoon).toBe(before);
  });

  it('keeps what an operator changes meanwhile, and removes its own lines alone', async () => {
    const cache = await startCache();
    const root = makeRoot({ [CONFIG]: WITH_PATH, [QUAY]: HOSTS });
    const node = startNode('containerd', root, cache.address);
    await expect.poll(() => readOrEmpty(root, QUAY), expectSoon).toContain(cache.address);
    const changed = `${readOrEmpty(root, QUAY)}\n# by hand\n`;
    writeFileSync(join(root, QUAY), changed);
    await pause(1_500);
    expect(readOrEmpty(root, QUAY)).toBe(changed);
    await node.stop();
    expect(readOrEmpty(root, QUAY)).toBe(`${HOSTS}\n# by hand\n`);
  });

  it('comes back after a distribution has made its folder anew', async () => {
    const cache = await startCache();
    const root = makeRoot(rancher('k3s'));
    const folder = join(root, '/var/lib/rancher/k3s/agent/etc/containerd/certs.d');
    const read = () => readOrEmpty(folder, 'quay.io/hosts.toml');
    const node = startNode('k3s', root, cache.address);
    await expect.poll(read, expectSoon).toContain(cache.address);
    rmSync(folder, { recursive: true });
    await expect.poll(read, expectSoon).toContain(cache.address);
    await node.stop();
    expect(read()).toBe('');
  });

  it('goes on from the record of a process that was killed', async () => {
    const cache = await startCache();
    const root = makeRoot({ [CONFIG]: WITH_PATH, [QUAY]: HOSTS });
    const before = describeTree(root);
    const first = startNode('containerd', root, cache.address);
    await expect.poll(() => readOrEmpty(root, QUAY), expectSoon).toContain(cache.address);
    const [set, record] = [readOrEmpty(root, QUAY), readOrEmpty(root, `${RECORD}/record.json`)];
    await first.stop();
    // As the process would have left them.
    writeFileSync(join(root, QUAY), set);
    writeFileSync(join(root, `${RECORD}/record.json`), record);
    await startNode('containerd', root, cache.address).stop();
    expect(describeTree(root)).toBe(before);
  });

  it('restarts containerd once, and only where it does not look for the files yet', async () => {
    const cache = await startCache();
    const root = makeRoot({ [CONFIG]: 'version = 2\n' });
    const before = describeTree(root);
    const refused = startNode('containerd', root, cache.address);
    await pause(1_500);
    expect(describeTree(root)).toBe(before);
    await refused.stop();
    const node = startNode('containerd', root, cache.address, { mayRestart: true });
    await expect.poll(() => node.restarts(), expectSoon).toBe(1);
    expect(readOrEmpty(root, CONFIG)).toContain('config_path = "/etc/containerd/certs.d"');
    await node.stop();
    expect(describeTree(root)).toBe(before);
    const again = startNode('containerd', root, cache.address, { mayRestart: true });
    await expect.poll(() => readOrEmpty(root, QUAY), expectSoon).toContain(cache.address);
    await again.stop();
    expect(again.restarts()).toBe(0);
  });

  it('reloads CRI-O and docker after each change, and nothing else', async () => {
    const cache = await startCache();
    const root = makeRoot({});
    const node = startNode('crio', root, cache.address);
    await expect.poll(() => node.reloads(), expectSoon).toEqual(['crio']);
    await pause(1_500);
    expect(node.reloads()).toEqual(['crio']);
    await node.stop();
    expect(node.reloads()).toEqual(['crio', 'crio']);
  });
});

interface Cache {
  readonly address: string;
  readonly port: number;
  silence(): void;
  stop(): Promise<void>;
}

/** A cache that serves the set-ups that `registry-cache client` prints. */
async function startCache(port = 0): Promise<Cache> {
  let isSilent = false;
  const server: Server = createServer({ key: PEM, cert: PEM }, async (request, response) => {
    if (isSilent) return;
    const [, setup] = /^\/setup\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (setup === undefined) response.end('{}');
    else response.end(await printScript(setup, request.headers.host ?? ''));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const found = (server.address() as AddressInfo).port;
  const cache = {
    address: `localhost:${found}`,
    port: found,
    silence: () => {
      isSilent = true;
    },
    stop: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  open.push(cache);
  return cache;
}

const inputs = mkdtempSync(join(tmpdir(), 'registry-cache-node-'));
afterAll(() => rmSync(inputs, { recursive: true }));
writeFileSync(join(inputs, 'certs.pem'), PEM);
writeFileSync(
  join(inputs, 'pull-secret.json'),
  JSON.stringify({ auths: { 'docker.io': {}, 'quay.io': {} } }),
);

const scripts = new Map<string, Promise<string>>();

/** Each once: the program takes a second to start. */
async function printScript(setup: string, address: string): Promise<string> {
  const key = `${setup} ${address}`;
  const printed = scripts.get(key) ?? runClient(setup, address);
  scripts.set(key, printed);
  return printed;
}

async function runClient(setup: string, address: string): Promise<string> {
  const { stdout } = await runProgram(['client', setup, `--address=${address}`, '--script'], {
    PULLSECRETPATH: join(inputs, 'pull-secret.json'),
    CERTIFICATEPATH: join(inputs, 'certs.pem'),
  });
  return stdout;
}

function startNode(
  client: string,
  root: string,
  address: string,
  { mayRestart = false, periodMs = 200 } = {},
) {
  const known = NODE_CLIENTS[client];
  if (known === undefined) throw new Error(client);
  const ending = new AbortController();
  const reloads: string[] = [];
  let restarts = 0;
  const done = runNode(
    {
      client: known,
      address,
      caPath: join(inputs, 'certs.pem'),
      root,
      mayRestart,
      periodMs,
      position: 'first',
    },
    {
      log: createLogger('node', 'fatal'),
      signal: ending.signal,
      hangUp: async (name) => void reloads.push(name),
      restartContainerd: async () => {
        restarts += 1;
        return '1:1';
      },
      findContainerd: async () => '1:1',
    },
  );
  const node = {
    reloads: () => reloads,
    restarts: () => restarts,
    stop: async () => {
      ending.abort();
      await done;
    },
  };
  open.push(node);
  return node;
}

function rancher(name: string): Record<string, string> {
  const folder = `/var/lib/rancher/${name}/agent/etc/containerd`;
  return {
    [`${folder}/config.toml`]: WITH_PATH.replace('/etc/containerd', folder),
    [`${folder}/certs.d/docker.io/hosts.toml`]: HOSTS,
  };
}

function makeRoot(files: Readonly<Record<string, string>>): string {
  const root = createFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), 0o640);
  }
  mkdirSync(join(root, '/var/lib'), { recursive: true });
  return root;
}

/** Every path with its mode, and every byte, but for the record. */
function describeTree(root: string): string {
  const list = `find . -path .${RECORD} -prune -o -printf '%p %m %U %G\\n' | sort
    find . -path .${RECORD} -prune -o -type f -print | sort | xargs -r md5sum`;
  return spawnSync('sh', ['-c', list], { cwd: root, encoding: 'utf8' }).stdout;
}

function readOrEmpty(root: string, path: string): string {
  const file = join(root, path);
  return statSync(file, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(file, 'utf8');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
