import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from './temporary-folder.ts';

const MODULE = JSON.stringify(new URL('./at-exit.ts', import.meta.url).href);

test.each([
  ['a normal exit', 'process.exit(0)'],
  ['a signal', 'process.kill(process.pid, "SIGTERM")'],
])('%s runs the commands that were not cancelled', async (_name, end) => {
  await using folder = await makeTemporaryFolder('exit');
  const kept = join(folder.path, 'kept');
  const removed = join(folder.path, 'removed');
  await Promise.all([writeFile(kept, ''), writeFile(removed, '')]);
  const script = `
    const { runAtExit } = await import(${MODULE});
    runAtExit('rm', ${JSON.stringify(kept)})();
    runAtExit('rm', ${JSON.stringify(removed)});
    ${end};
    setInterval(() => {}, 1000);`;
  await execa(process.execPath, ['--input-type=module', '-e', script], { reject: false });
  await access(kept);
  await expect(access(removed)).rejects.toThrow('ENOENT');
});
