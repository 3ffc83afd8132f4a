import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hangUp } from './runtime-process.ts';

it('lets processes of a name reload, whatever characters are in the name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-process-'));
  try {
    const file = join(folder, 'a) (runtime');
    copyFileSync('/bin/sleep', file);
    const child = spawn(file, ['60']);
    await once(child, 'spawn');
    const ended = once(child, 'exit');
    await expect.poll(() => hangUp('a) (runtime').then(() => 'reloaded')).toBe('reloaded');
    expect(await ended).toEqual([null, 'SIGHUP']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('names a runtime that does not run', async () => {
  await expect(hangUp('no-such-runtime')).rejects.toThrow(/^no process is called no-such-runtime/);
});
