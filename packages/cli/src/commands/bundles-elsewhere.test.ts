import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { formatReceipt } from '@registry-cache/bundle';
import { expect, it } from 'vitest';
import { digestOf, openOurStore } from '../testing/distribution-store.ts';
import { OurStore } from '../testing/our-store.ts';
import { createFolder, runProgram } from '../testing/run-program.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

/** A cache with an image, and one without. The pull secret is no file that they can read. */
async function open() {
  const home = createFolder();
  const pullSecret = join(home, 'pull-secret.json');
  writeFileSync(pullSecret, JSON.stringify({ auths: { 'quay.io': {} } }));
  const near = new OurStore(createFolder());
  near.addImage('quay.io', 'team/app', 'v1', ['first', 'second']);
  const root = createFolder();
  const environment = { RUNDIR: join(home, 'run'), PULLSECRETPATH: pullSecret, REGISTRYDIR: root };
  await runProgram(['render', '--out', join(home, 'rendered')], environment);
  const names = join(home, 'rendered', 'etc', 'names.json');
  const env = {
    ...{ PATH: process.env.PATH ?? '', ...environment },
    PULLSECRETPATH: join(home, 'missing.json'),
  };
  return { near, root, far: openOurStore(root), names, env };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** Runs an export as the admin worker does. */
function exportOrdered({ near, names, env }: Opened, order: object) {
  const args = [MAIN, 'export', '--names', names, '--ordered', '--json', '--out', '-'];
  const input = JSON.stringify(order);
  const options = { input, env: { ...env, REGISTRYDIR: near.root } };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  return { status, tar: stdout, last: stderr.toString().trimEnd().split('\n').at(-1) ?? '' };
}

/** Runs an import as the admin worker does. */
async function importConfirmed({ names, env }: Opened, tar: Buffer, word: string) {
  const args = [MAIN, 'import', '--names', names, '--confirmed', '--json', '-'];
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const [stdin, confirming] = [child.stdio[0] as Writable, child.stdio[3] as Writable];
  stdin.end(tar);
  confirming.end(word);
  const output = Promise.all([text(child.stdout as never), text(child.stderr as never)]);
  const [status] = await once(child, 'close');
  const [stdout, stderr] = await output;
  return { status, stdout, stderr };
}

it('exports what the admin worker asks for, without what receipts name', async () => {
  const opened = await open();
  const images = ['quay.io/team/app:v1'];
  const whole = exportOrdered(opened, { images, receipts: [] });
  expect([whole.status, JSON.parse(whole.last)]).toEqual([
    0,
    expect.objectContaining({ images: 1, leftBlobs: 0, writtenBytes: whole.tar.length }),
  ]);
  const receipts = ['first', 'second'].map((layer) => formatReceipt([digestOf(layer)], []));
  const delta = exportOrdered(opened, { images, receipts });
  expect(JSON.parse(delta.last)).toMatchObject({ images: 1, leftBlobs: 2 });
  const broken = exportOrdered(opened, { images, receipts: ['{}'] });
  expect([broken.status, broken.tar.length]).toEqual([1, 0]);
  expect(broken.last).toContain('receipt');
});

it('imports an upload that is confirmed, and nothing of one that is not', async () => {
  const opened = await open();
  const { root, far } = opened;
  const { tar } = exportOrdered(opened, { images: ['quay.io/team/app:v1'], receipts: [] });
  // It is whole, but the worker has not seen its end.
  const cut = await importConfirmed(opened, tar, '');
  expect([cut.status, cut.stdout]).toEqual([1, '']);
  expect(cut.stderr).toContain('the upload: it is cut');
  expect(far.tag('team/app', 'v1')).toBeUndefined();
  expect(readdirSync(join(root, 'egress'))).toEqual([]);
  const jobs = await runProgram(['jobs', '--json'], opened.env);
  expect(jobs.stdout).toContain('"goesOnBy":"registry-cache import - < BUNDLE"');
  const whole = await importConfirmed(opened, tar, 'whole');
  expect([whole.status, JSON.parse(whole.stdout).imported]).toEqual([0, ['quay.io/team/app:v1']]);
  expect(far.tag('team/app', 'v1')).toMatch(/^sha256:/);
});

it('refuses what works on the machine of the cache alone', async () => {
  const folder = createFolder();
  mkdirSync(join(folder, 'bundle'));
  const refusalOf = async (...args: string[]) => {
    const { exitCode, stderr } = await runProgram(['--server', 'https://127.0.0.1:1', ...args]);
    expect(exitCode).toBe(1);
    return stderr;
  };
  const image = 'quay.io/team/app:v1';
  expect(await refusalOf('export', '--out', 'x', '--part-size', '1GB', image)).toContain(
    '--part-size: found 1GB; accepted: with --server: no parts, but one tar',
  );
  expect(await refusalOf('export', '--out', folder, image)).toContain('accepted: with --server: a');
  expect(await refusalOf('import', join(folder, 'bundle'))).toContain('a folder; accepted: with');
  expect(await refusalOf('import', join(folder, 'missing.tar'))).toContain('missing.tar (ENOENT)');
  expect(await refusalOf('import', '--from-distribution', folder)).toContain('tars of images');
  // Nothing listens there.
  expect(await refusalOf('export', '--out', join(folder, 'x.tar'), image)).toContain(
    'nothing that answers',
  );
  expect(readdirSync(folder)).toEqual(['bundle']);
});
