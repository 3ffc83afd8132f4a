import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../docs/generate.ts';

const OXLINT = join(ROOT, 'node_modules/.bin/oxlint');

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'promises-'));
  await copyFile(join(ROOT, '.oxlintrc.json'), join(root, '.oxlintrc.json'));
  await writeFile(
    join(root, 'tsconfig.json'),
    '{"extends": "./project.json", "include": ["*.ts"]}',
  );
  await copyFile(join(ROOT, 'tsconfig.json'), join(root, 'project.json'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** Where oxlint finds an error in one file with these lines after the import. */
async function lint(...lines: string[]): Promise<string[]> {
  const text = ["import { mkdir } from 'node:fs/promises';", ...lines, ''].join('\n');
  await writeFile(join(root, 'one.ts'), text);
  const options = ['--type-aware', '--format=unix', 'one.ts'];
  const { stdout } = await promisify(execFile)(OXLINT, options, { cwd: root }).catch((error) => {
    if (error.code !== 1) throw error;
    return error;
  });
  return [...stdout.matchAll(/^one\.ts:(\d+:\d+)/gm)].map(([, place]) => place);
}

test('the linter refuses a promise of Node.js that nothing waits for', async () => {
  expect(await lint("mkdir('a');", "await mkdir('b');", "mkdir('c').then(() => 1);")).toEqual([
    '2:1',
    '4:1',
  ]);
});

test('the linter takes a promise that is awaited, returned, caught or void', async () => {
  const good = ["void mkdir('b');", "mkdir('c').catch(() => 1);", "export const d = mkdir('d');"];
  expect(await lint("await mkdir('a');", ...good)).toEqual([]);
});
