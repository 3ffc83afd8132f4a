import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServerCertificate } from '@registry-cache/config';
import { expect, it } from 'vitest';
import { createFolder, runProgram, startProgram } from '../testing/run-program.ts';

/** A store with a pin, a certificate that was made here, and an authority. */
async function makeStore() {
  const root = createFolder();
  const [REGISTRYDIR, certs, CA_DIR] = ['store', 'certs', 'ca'].map((name) => join(root, name));
  const folders = { REGISTRYDIR: REGISTRYDIR ?? '', CA_DIR: CA_DIR ?? '' };
  const CERTIFICATEPATH = join(certs ?? '', 'certs.pem');
  for (const folder of [folders.REGISTRYDIR, certs ?? '', folders.CA_DIR]) mkdirSync(folder);
  mkdirSync(join(folders.REGISTRYDIR, 'pins'));
  writeFileSync(join(folders.REGISTRYDIR, 'pins/one.json'), '{}');
  writeFileSync(CERTIFICATEPATH, await createServerCertificate(['cache.test'], new Date()));
  writeFileSync(join(folders.CA_DIR, 'ca.crt'), 'certificate');
  writeFileSync(join(folders.CA_DIR, 'ca.key'), 'key');
  return { root, environment: { ...folders, CERTIFICATEPATH } };
}

function emptyPlaces() {
  const root = createFolder();
  const REGISTRYDIR = join(root, 'store');
  mkdirSync(REGISTRYDIR);
  const CERTIFICATEPATH = join(root, 'certs/certs.pem');
  return { REGISTRYDIR, CERTIFICATEPATH, CA_DIR: join(root, 'ca') };
}

it('writes a file for its owner alone, and brings store and keys back', async () => {
  const { root, environment } = await makeStore();
  const out = join(root, 'backup.tar');
  const written = await runProgram(['backup', out], environment);
  expect([written.exitCode, written.stderr]).toEqual([
    0,
    expect.stringMatching(/^registry-cache: 1 file of the store with 0 tags, 3 files of keys /),
  ]);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const places = emptyPlaces();
  const restored = await runProgram(['restore', out], places);
  expect([restored.exitCode, restored.stdout, restored.stderr]).toEqual([
    0,
    expect.stringMatching(/^restored 1 file of \d{4}-/),
    '',
  ]);
  expect(readFileSync(join(places.REGISTRYDIR, 'pins/one.json'), 'utf8')).toBe('{}');
  expect(readFileSync(places.CERTIFICATEPATH, 'utf8')).toBe(
    readFileSync(environment.CERTIFICATEPATH, 'utf8'),
  );
  expect(statSync(places.CERTIFICATEPATH).mode & 0o777).toBe(0o600);
  expect(statSync(join(places.CA_DIR, 'ca.key')).mode & 0o777).toBe(0o600);
  expect(statSync(join(places.CA_DIR, 'ca.crt')).mode & 0o777).toBe(0o644);
});

it('ends a restore when the disks have the store and the keys', async () => {
  const { root, environment } = await makeStore();
  const out = join(root, 'backup.tar');
  await runProgram(['backup', out], environment);
  // It notes what it is called for, in place of the system's program.
  const synced = join(root, 'synced');
  writeFileSync(join(root, 'sync'), `#!/bin/sh\necho "$2" >>${synced}\n`, { mode: 0o755 });
  const places = emptyPlaces();
  const PATH = `${root}:${process.env.PATH}`;
  expect((await runProgram(['restore', out], { ...places, PATH })).exitCode).toBe(0);
  const last = readFileSync(synced, 'utf8').trimEnd().split('\n').slice(-3);
  expect(last).toEqual([places.REGISTRYDIR, dirname(places.CERTIFICATEPATH), places.CA_DIR]);
});

it('leaves certificates that are there, and names them', async () => {
  const { root, environment } = await makeStore();
  const out = join(root, 'backup.tar');
  await runProgram(['backup', out], environment);
  const places = { ...emptyPlaces(), CERTIFICATEPATH: environment.CERTIFICATEPATH };
  const { exitCode, stderr } = await runProgram(['restore', out], places);
  expect([exitCode, stderr]).toEqual([
    0,
    `registry-cache: ${environment.CERTIFICATEPATH} is there already, and stays as it is\n`,
  ]);
});

it("leaves an operator's own certificate to the operator", async () => {
  const { root, environment } = await makeStore();
  writeFileSync(environment.CERTIFICATEPATH, 'not made here');
  const out = join(root, 'backup.tar');
  await runProgram(['backup', out], environment);
  const places = emptyPlaces();
  await runProgram(['restore', out], places);
  expect(existsSync(places.CERTIFICATEPATH)).toBe(false);
});

it('replaces no file, and restores into no store that has something', async () => {
  const { root, environment } = await makeStore();
  const out = join(root, 'backup.tar');
  await runProgram(['backup', out], environment);
  const again = await runProgram(['backup', out], environment);
  expect([again.exitCode, again.stderr]).toEqual([
    1,
    expect.stringContaining(`${out}: found a file that is there already; accepted: a new file`),
  ]);
  const onto = await runProgram(['restore', out], environment);
  expect([onto.exitCode, onto.stderr]).toEqual([
    1,
    `registry-cache: ${environment.REGISTRYDIR}: found 1 entries (pins); accepted: an empty folder, before the first start\n`,
  ]);
});

it('names a file that is missing, or no backup', async () => {
  const places = emptyPlaces();
  const missing = await runProgram(['restore', '/nowhere.tar'], places);
  expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('/nowhere.tar')]);
  const other = join(createFolder(), 'other');
  writeFileSync(other, 'x'.repeat(4096));
  const refused = await runProgram(['restore', other], places);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining('registry-cache: the tar cannot be read'),
  ]);
});

it('fails where nobody reads the tar to its end', async () => {
  const { environment } = await makeStore();
  writeFileSync(join(environment.REGISTRYDIR, 'pins/two.json'), 'x'.repeat(4_000_000));
  const program = startProgram(['backup', '-'], environment);
  await once(program.stdout, 'data');
  program.stdout.destroy();
  expect(await once(program, 'exit')).toEqual([1, null]);
});

it('writes the whole tar into a pipe', async () => {
  const { environment } = await makeStore();
  writeFileSync(join(environment.REGISTRYDIR, 'pins/two.json'), 'x'.repeat(4_000_000));
  const { exitCode, stdout } = await runProgram(['backup', '-'], environment);
  expect([exitCode, stdout.length % 512, stdout.includes('sums.sha256')]).toEqual([0, 0, true]);
});
