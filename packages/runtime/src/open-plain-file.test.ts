import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPlainFile } from './open-plain-file.ts';

it('opens a plain file, and waits for no pipe', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-plain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'file'), 'a');
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await using handle = await openPlainFile(join(folder, 'file'));
  expect(await handle.readFile('utf8')).toBe('a');
  for (const [name, code] of [
    ['pipe', 'EINVAL'],
    ['.', 'EINVAL'],
    ['none', 'ENOENT'],
  ] as const) {
    await expect(openPlainFile(join(folder, name))).rejects.toMatchObject({ code });
  }
});
