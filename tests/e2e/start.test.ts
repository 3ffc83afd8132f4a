import { X509Certificate } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PUBLIC_REGISTRIES } from '@registry-cache/config';
import {
  type Appliance,
  type Bundle,
  runCommand,
  runContainer,
  runOrThrow,
  startAppliance,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdAlone } from './hold-alone.ts';
import { IMAGE, listPrograms, readEvents } from './inside.ts';
import { type NamedUpstreams, startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, type Target } from './traffic.ts';

/** The image's unprivileged user. */
const UID = 10001;
let stage: Stage;
let upstreams: NamedUpstreams;
let appliance: Appliance;
let image: Bundle;
let targets: Target[];

beforeAll(async () => {
  stage = await openStage();
  stage.use(await holdAlone('port 8443'));
  upstreams = await startNamedUpstreams(stage, ['reg.test']);
  image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'start' });
  targets = listTargets(upstreams.prefix('reg.test'), 'team/app', 'v1', image);
  // Folders of root, a pull secret of mode 0600 and no certificate, on the host's own network.
  const pullSecret = upstreams.pullSecret('reg.test');
  appliance = stage.use(await startAppliance({ ...upstreams.options, pullSecret }));
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a plain podman run', () => {
  it('serves, and caches in the mounted folder', async () => {
    await pullTargets(appliance, targets);
    const folders = await readdir(appliance.storeDir);
    expect(folders.toSorted()).toEqual([
      ...['audit', 'blobs', 'egress', 'events', 'history', 'registries'],
    ]);
  });

  it('makes a certificate that stays over restarts, and logs its fingerprint', async () => {
    const path = join(appliance.certsDir, 'certs.pem');
    const pem = await readFile(path, 'utf8');
    const { fingerprint256, subjectAltName } = new X509Certificate(pem);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(subjectAltName).toContain('DNS:localhost, ');
    expect(subjectAltName).toContain('IP Address:127.0.0.1');
    expect(await readEvents(appliance)).toContainEqual(
      expect.objectContaining({
        msg: 'made a self-signed certificate',
        fingerprint: fingerprint256,
        path: '/certs/certs.pem',
      }),
    );
    await appliance.restart();
    expect(await readFile(path, 'utf8')).toBe(pem);
    await pullTargets(appliance, targets);
  });

  it('runs all programs with access to the network or the store unprivileged', async () => {
    const engine = `engine-${upstreams.prefix('reg.test')}`;
    const expected = [
      'haproxy-master',
      'haproxy-worker',
      'nginx-master',
      'nginx-worker',
      'egress',
      engine,
      'logger',
      'rsyslog',
      'cleaner',
      'admin',
      'config-watch',
      'supervisord',
    ];
    // The last of them starts after the appliance serves, and the watcher looks once at its start.
    const programs = await until('every program runs, and no update does', async () => {
      const listed = await listPrograms(appliance);
      const names = listed.map(({ name }) => name);
      const isThere = expected.every((name) => names.includes(name));
      // An update that has just ended is a zombie until the watcher takes its status.
      const isUpdating = names.includes('config-update') || names.includes('zombie');
      return isThere && !isUpdating && listed;
    });
    const privileged = programs.filter(({ uid }) => uid === 0).map(({ name }) => name);
    expect(privileged.toSorted()).toEqual(['config-watch', 'supervisord']);
    expect(new Set(programs.map(({ uid }) => uid))).toEqual(new Set([0, UID]));
  });

  it('listens beyond loopback on 8443 only', async () => {
    const listeners = await listListeners(appliance);
    expect(listeners.toSorted()).toEqual(['127.0.0.1:5001', '127.0.0.1:8081', 'any:8443']);
  });

  it('has no secret in files that others can read', async () => {
    const find = ['find', '/run/registry-cache', '-type', 'f', '-perm', '/o+r', '-print'];
    const { stdout } = await appliance.exec(find, { user: '0' });
    const bootSecret = (await appliance.exec(['cat', '/run/registry-cache/secrets/boot-secret']))
      .stdout;
    expect(bootSecret).toMatch(/^[0-9a-f]{64}$/);
    const root = `/proc/${await appliance.pid()}/root`;
    for (const file of stdout.split('\n').filter((line) => line !== '')) {
      expect(await readFile(join(root, file), 'utf8'), file).not.toContain(bootSecret);
    }
    expect(await appliance.logs()).not.toContain(bootSecret);
    const commands = await runOrThrow('podman', ['top', appliance.id, 'args']);
    expect(commands).not.toContain(bootSecret);
    const closed = await appliance.exec(['ls', '/run/registry-cache/secrets'], { user: '4711' });
    expect(closed.exitCode).not.toBe(0);
  });
});

describe('a podman run with nothing mounted', () => {
  it('serves the public registries, and says what, where and how to add a pull secret', async () => {
    const container = await runContainer(IMAGE, ['--publish=127.0.0.1::8443']);
    stage.use({ [Symbol.asyncDispose]: container.remove });
    const address = await runOrThrow('podman', ['port', container.id, '8443/tcp']);
    const get = (path: string) => runCommand('curl', ['-sk', `https://${address}${path}`]);
    await until('it serves', async () => (await get('/v2/')).exitCode === 0);
    expect((await get('/v2/reg.test/app/manifests/v1')).stdout).toContain('NAME_UNKNOWN');
    const { stdout, stderr } = await container.exec(['registry-cache', 'check']);
    expect(stderr).toContain('no pull secret is there, so public registries are served');
    const served = stdout.split('\n').filter((line) => line.endsWith(', anonymous'));
    expect(served.map((line) => line.split(': ')[0])).toEqual([...PUBLIC_REGISTRIES].sort());
    const events = await readEvents(container);
    const start = events.findIndex(({ registries }) => registries !== undefined);
    expect(events.slice(start, start + 3)).toEqual([
      expect.objectContaining({ registries: [...PUBLIC_REGISTRIES].sort() }),
      expect.objectContaining({ image: expect.stringMatching(/^localhost:8443\/quay\.io\//) }),
      expect.objectContaining({ mount: expect.stringContaining(':/pull-secret.json:ro,z') }),
    ]);
    // A pull secret that comes is used. One that goes again does not bring the others back.
    const run = (script: string) => container.exec(['bash', '-c', script]);
    await run(`echo '{"auths": {"reg.test": {}}}' >/pull-secret.json`);
    const isServed = async () =>
      !(await get('/v2/reg.test/app/manifests/v1')).stdout.includes('NAME_UNKNOWN');
    await until('the pull secret is in use', isServed);
    await run('rm /pull-secret.json');
    await expect.poll(() => container.logs()).toContain('the last good configuration stays');
    expect(await isServed()).toBe(true);
  });

  it.each([
    ['a path that leads nowhere', ['--env=PULLSECRETPATH=/pull-secret.json'], 'no such file'],
    ['a folder in its place', ['--volume=/usr/share:/pull-secret.json:ro'], 'a directory'],
    ['a broken file', ['--volume=/etc/hostname:/pull-secret.json:ro'], 'text that is not JSON'],
  ])('does not start with %s', async (_, args, found) => {
    const container = await runContainer(IMAGE, args);
    stage.use({ [Symbol.asyncDispose]: container.remove });
    expect(await container.exitCode()).toBe(1);
    expect(await container.logs()).toContain(`registry-cache: /pull-secret.json: found ${found}`);
  });
});

/** `ADDRESS:PORT` of every TCP socket on which one of the appliance's own processes listens. */
async function listListeners({ id }: Appliance): Promise<string[]> {
  const top = await runOrThrow('podman', ['top', id, 'hpid']);
  const pids = top.split('\n').slice(1).map(Number);
  const own = new Set((await Promise.all(pids.map(listSocketInodes))).flat());
  const listeners = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`/proc/${pids[0]}/net/${table}`, 'utf8').catch(() => '');
    for (const line of text.trim().split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state !== '0A' || !own.has(inode)) continue;
      const [address = '', port = ''] = local.split(':');
      listeners.add(`${nameAddress(address)}:${Number.parseInt(port, 16)}`);
    }
  }
  return [...listeners];
}

async function listSocketInodes(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = names.map((name) => readlink(join(folder, name)).catch(() => ''));
  return (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

/** Parses the kernel's form of an address: hexadecimal, with every four bytes reversed. */
function nameAddress(hex: string): string {
  if (/^0+$/.test(hex)) return 'any';
  return hex === '0100007F' ? '127.0.0.1' : hex;
}
