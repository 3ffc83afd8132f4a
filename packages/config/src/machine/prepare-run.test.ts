import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths } from '@registry-cache/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChanges } from '../apply/write-tree.ts';
import { ownFile, publicFile, secretFile } from '../render/file.ts';
import { prepareRun } from './prepare-run.ts';

const USER = { name: 'tester', uid: 4711, gid: 4712 };
let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'prepare-run-'));
  await chmod(parent, 0o777);
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const describeEntry = (path: string) => {
  const { uid, gid, mode } = lstatSync(path);
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
};

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('keeps for root the folders that root reads, and gives the user others', async () => {
    const run = runPaths(join(parent, 'run'));
    await prepareRun(run, USER);
    for (const path of [run.root, run.etc, run.secrets, run.staged]) {
      expect(describeEntry(path)).toBe('0:4712 750');
    }
    expect(describeEntry(run.config)).toBe('0:4712 2750');
    for (const path of [run.sockets, run.metrics, run.state, join(run.root, 'nginx')]) {
      expect(describeEntry(path)).toBe('4711:4712 750');
    }
    // In it the user could have renamed entries.
    expect(statSync(parent).mode & 0o1000).toBe(0o1000);
  });

  it('removes entries that the user has planted before a restart, and keeps the records', async () => {
    const run = runPaths(join(parent, 'run'));
    const victim = join(parent, 'victim');
    await mkdir(victim);
    await writeFile(join(victim, 'file'), 'untouched');
    for (const path of [run.root, run.state, join(run.root, 'made-authority')]) {
      await mkdir(path);
      await chown(path, USER.uid, USER.gid);
    }
    await writeFile(join(run.state, 'logger.json'), '{}');
    await symlink(victim, run.etc);
    await symlink(victim, join(run.root, 'nginx'));
    await symlink(join(victim, 'file'), run.logPipe);
    await prepareRun(run, USER);
    expect(describeEntry(run.etc)).toBe('0:4712 750');
    expect(describeEntry(join(run.root, 'nginx'))).toBe('4711:4712 750');
    expect(lstatSync(run.logPipe).isFIFO()).toBe(true);
    expect(readdirSync(run.state)).toEqual(['logger.json']);
    expect(readdirSync(run.root)).not.toContain('made-authority');
    expect(describeEntry(victim)).toBe('0:0 755');
    expect(await readFile(join(victim, 'file'), 'utf8')).toBe('untouched');
  });

  it('refuses a link in place of the run directory', async () => {
    await mkdir(join(parent, 'victim'));
    await symlink('victim', join(parent, 'run'));
    const refused = prepareRun(runPaths(join(parent, 'run')), USER);
    await expect(refused).rejects.toThrow(/ENOTDIR|ELOOP/);
    expect(readdirSync(join(parent, 'victim'))).toEqual([]);
  });

  it('writes a configuration that the user may only read', async () => {
    const run = runPaths(join(parent, 'run'));
    await prepareRun(run, USER);
    const tree = new Map([
      ['etc/haproxy/haproxy.cfg', secretFile('secret')],
      ['etc/haproxy/names.map', publicFile('public')],
      ['etc/supervisor/supervisord.conf', ownFile('own')],
    ]);
    await applyChanges(run.root, tree, { written: [...tree.keys()], removed: [] }, USER);
    expect([...tree.keys()].map((path) => describeEntry(join(run.root, path)))).toEqual([
      '0:4712 640',
      '0:4712 644',
      '0:0 600',
    ]);
    expect(describeEntry(join(run.etc, 'haproxy'))).toBe('0:4712 750');
    const asUser = (line: string) => {
      const identity = { uid: USER.uid, gid: USER.gid, cwd: '/' };
      return execFileSync('/bin/sh', ['-c', `exec 2>&1; ${line} || true`], identity)
        .toString()
        .trim();
    };
    expect(asUser(`cat ${run.etc}/haproxy/haproxy.cfg`)).toBe('secret');
    expect(asUser(`cat ${run.etc}/supervisor/supervisord.conf`)).toMatch(/denied/);
    expect(asUser(`echo x >${run.etc}/haproxy/names.map`)).toMatch(/denied/i);
    expect(asUser(`mv ${run.etc} ${run.root}/other`)).toMatch(/denied/);
    expect(asUser(`mv ${run.root} ${parent}/other`)).toMatch(/not permitted/);
  });
});

it('closes everything to others where the process is not root', async () => {
  const run = runPaths(join(parent, 'run'));
  await prepareRun(run, undefined);
  const tree = new Map([['secrets/boot-secret', secretFile('x')]]);
  await applyChanges(run.root, tree, { written: ['secrets/boot-secret'], removed: [] });
  expect(statSync(run.root).mode & 0o777).toBe(0o750);
  expect(statSync(join(run.secrets, 'boot-secret')).mode & 0o777).toBe(0o600);
});
