import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

const PASSWORD = 'not-to-be-seen';

function render(out: string, registry = 'quay.io') {
  const pullSecret = join(createFolder(), 'pull-secret.json');
  const auth = Buffer.from(`me:${PASSWORD}`).toString('base64');
  writeFileSync(pullSecret, JSON.stringify({ auths: { [registry]: { auth } } }));
  return runProgram(['render', '--pull-secret', pullSecret, '--out', out]);
}

function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

it('writes the files of a start, without secrets', async () => {
  const out = join(createFolder(), 'out');
  const { exitCode, stdout } = await render(out);
  expect(exitCode).toBe(0);
  const files = listFiles(out);
  expect(stdout.trimEnd().split('\n').sort()).toEqual([...files].sort());
  expect(files).toContain(join(out, 'etc/haproxy/haproxy.cfg'));
  expect(files).toContain(join(out, 'etc/engines/quay.io.yml'));
  const auth = Buffer.from(`me:${PASSWORD}`).toString('base64');
  for (const file of files) {
    const content = readFileSync(file, 'utf8');
    for (const secret of [PASSWORD, auth, 'PRIVATE KEY']) expect(content).not.toContain(secret);
  }
});

it('replaces an earlier render', async () => {
  const out = createFolder();
  await render(out);
  expect((await render(out, 'ghcr.io')).exitCode).toBe(0);
  expect(readdirSync(join(out, 'etc/engines'))).toEqual(['ghcr.io.yml']);
});

it.each(['notes.txt', 'etc/passwd'])(
  'refuses a folder with %s, and does not change it',
  async (name) => {
    const out = createFolder();
    mkdirSync(join(out, 'etc'));
    writeFileSync(join(out, name), 'mine');
    const { exitCode, stderr } = await render(out);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--out: found ');
    expect(listFiles(out)).toEqual([join(out, name)]);
  },
);
