import { lchown, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Appliance, type Bundle, makeTemporaryFolder, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPrograms, readEvents, readMetric } from './inside.ts';
import { type NamedUpstreams, startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const RUN = '/run/registry-cache';
const STORE = '/var/lib/registry';
const USER = '10001';

const victim = await makeTemporaryFolder('victim');
let stage: Stage;
let upstreams: NamedUpstreams;
let appliance: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstreams = await startNamedUpstreams(stage, ['stays.test', 'next.test']);
  image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'planted' });
  appliance = await stage.appliance(
    {},
    {
      ...upstreams.options,
      pullSecret: upstreams.pullSecret('stays.test'),
      env: { ON_DEMAND_REGISTRIES: '*.wanted.test' },
      extraMounts: [`${victim.path}:/victim`],
    },
  );
  // A folder of root's, with a secret in it.
  await asRoot(
    'chmod 755 /victim && cd /victim && mkdir folder && echo root-secret >file && chmod 600 file',
  );
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await victim.remove();
});

const shell = async (user: string, line: string) => {
  const argv = ['bash', '-c', `exec 2>&1; cd /; ${line}`];
  return (await appliance.exec(argv, { user })).stdout;
};
const asRoot = (line: string) => shell('0', line);
const asUser = (line: string) => shell(USER, line);

/** Owners, modes and contents. All of them must be the same after an attack. */
const describeVictim = () =>
  asRoot("cd /victim && find . -printf '%p %u:%g %m\\n' | sort; cat file");

const serves = async (name: string) => {
  await using client = appliance.client();
  const { status } = await client.get(`/v2/${upstreams.prefix(name)}/team/app/manifests/v1`);
  return status === 200;
};

/** Adds or removes an upstream. Then root writes, validates and reloads everything. */
async function reload(name: 'added' | 'removed'): Promise<void> {
  const names = name === 'added' ? ['stays.test', 'next.test'] : ['stays.test'];
  await appliance.writePullSecret(upstreams.pullSecret(...names));
}

const countBroken = async () =>
  (await readEvents(appliance)).filter(({ msg }) =>
    String(msg).startsWith('a changed input is broken'),
  ).length;

describe("the programs' user", () => {
  it('cannot write to a folder where root reads or runs files', async () => {
    const found = await asUser(`find / -xdev -type d -writable -not -path '/proc/*'; \
      find /run ${STORE} /certs /tmp /victim -type d -writable`);
    const folders = [...new Set(found.split('\n'))].filter((line) => line.startsWith('/'));
    const own = ['log', 'metrics', 'nginx', 'sock', 'state'].map((name) => `${RUN}/${name}`);
    const open = [...own, STORE, '/tmp', '/run', '/var/tmp', '/run/lock', '/var/lock', '/dev'];
    const others = folders.filter((folder) => {
      return !open.some((path) => folder === path || folder.startsWith(`${path}/`));
    });
    expect(others).toEqual([]);
    for (const name of ['etc', 'secrets', 'config', 'staged']) {
      expect(folders.filter((folder) => folder.startsWith(`${RUN}/${name}`))).toEqual([]);
    }
    expect(await asUser('find / -xdev -perm /6000 -type f 2>/dev/null')).toBe('');
  });

  it('cannot change or replace files that root reads, or speak to the supervisor', async () => {
    const attempts = [
      `echo x >>${RUN}/etc/supervisor/supervisord.conf`,
      `echo x >${RUN}/etc/supervisor/engines/planted.conf`,
      `echo x >${RUN}/secrets/boot-secret`,
      `echo x >${RUN}/config/update.json`,
      `mv ${RUN}/etc ${RUN}/other`,
      `mv ${RUN}/config ${RUN}/other`,
      `mv ${RUN} /run/other`,
      `rm -rf ${RUN}/access-log.pipe`,
      `cat ${RUN}/etc/supervisor/supervisord.conf`,
      `cat ${RUN}/secrets/supervisor-secret`,
      `supervisorctl -c ${RUN}/etc/supervisor/supervisord.conf status`,
      'kill -HUP 1',
    ];
    for (const attempt of attempts) {
      expect(await asUser(attempt), attempt).toMatch(/denied|not permitted|could not read/i);
    }
    const connect = `require('net').connect('${RUN}/config/supervisor.sock').on('error', (e) => console.log(e.code)).on('connect', () => console.log('open'))`;
    expect(await asUser(`node -e "${connect}"`)).toBe('EACCES');
  });

  it('cannot lead root out of the store by links at a reload', async () => {
    const before = await describeVictim();
    const broken = await countBroken();
    await asUser(`ln -s /victim/folder ${STORE}/registries/${upstreams.prefix('next.test')}`);
    await asUser(`rm -f ${STORE}/on-demand.json; ln -s /victim/file ${STORE}/on-demand.json`);
    await reload('added');
    // A process of the same user follows the link, and has only that user's permissions.
    await until('the link was followed', async () => (await countBroken()) > broken);
    expect(await describeVictim()).toBe(before);
    expect(await appliance.logs()).not.toContain('root-secret');
    await asUser(`rm ${STORE}/registries/${upstreams.prefix('next.test')} ${STORE}/on-demand.json`);
    await reload('removed');
    const isGood = () => readMetric(appliance, 'registry_cache_config_last_reload_successful');
    await until('the former state', async () => (await isGood()) === 1);
    await reload('added');
    await until('next.test is served', () => serves('next.test'));
    expect(await readMetric(appliance, 'registry_cache_config_last_reload_successful')).toBe(1);
  });

  it('cannot win a race against root', async () => {
    const before = await describeVictim();
    const target = `${STORE}/registries/${upstreams.prefix('next.test')}`;
    const race = asUser(`for i in {1..1500}; do
      mv -T ${target} ${target}.away; ln -s /victim/folder ${target}; rm ${target}; mv -T ${target}.away ${target}
    done`);
    let isOver = false;
    const over = race.then(() => {
      isOver = true;
    });
    let reloads = 0;
    while (!isOver) {
      const change = (await serves('next.test')) ? 'removed' : 'added';
      await reload(change);
      // A reload that follows the link is not applied.
      const isDone = async () => isOver || (await serves('next.test')) === (change === 'added');
      await until('a reload', isDone, { timeoutMs: 5_000 }).catch(() => undefined);
      reloads += 1;
    }
    await over;
    expect(reloads).toBeGreaterThan(1);
    expect(await describeVictim()).toBe(before);
  });

  it('cannot lead root anywhere at a restart, by any file that it leaves', async () => {
    const before = await describeVictim();
    const names = ['log', 'metrics', 'nginx', 'sock', 'state'];
    // Names that root writes there, and names that root might read.
    const files = ['config.prom', 'config.json', 'nginx.pid', 'group', 'planted'];
    const planted = names.flatMap((name) => files.map((file) => `${RUN}/${name}/${file}`));
    await asUser(
      `for path in ${planted.join(' ')}; do rm -rf $path; ln -s /victim/file $path; done`,
    );
    await asUser('ln -s /victim /run/planted');
    await appliance.stop();
    const folders = ['blobs', 'registries'];
    for (const name of folders) {
      await rename(join(appliance.storeDir, name), join(appliance.storeDir, `${name}.away`));
      await symlink('/victim/folder', join(appliance.storeDir, name));
      await lchown(join(appliance.storeDir, name), Number(USER), Number(USER));
    }
    await expect(appliance.start()).rejects.toThrow(
      /REGISTRYDIR \/var\/lib\/registry: found EACCES/,
    );
    expect(await readdir(join(victim.path, 'folder'))).toEqual([]);
    for (const name of folders) {
      await rm(join(appliance.storeDir, name));
      await rename(join(appliance.storeDir, `${name}.away`), join(appliance.storeDir, name));
    }
    await appliance.start();
    expect(await describeVictim()).toBe(before);
    expect(await appliance.logs()).not.toContain('root-secret');
  });

  it("cannot stop the appliance, which still has two programs of root's", async () => {
    const prefix = upstreams.prefix('stays.test');
    await pullTargets(appliance, listTargets(prefix, 'team/app', 'v1', image));
    const roots = (await listPrograms(appliance)).filter(({ uid }) => uid === 0);
    expect(roots.map(({ name }) => name).toSorted()).toEqual(['config-watch', 'supervisord']);
    expect(await readMetric(appliance, 'registry_cache_config_last_reload_successful')).toBe(1);
  });
});
