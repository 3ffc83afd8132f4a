import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeTar } from './tar.ts';

test('tar can read the archive', async () => {
  const archive = makeTar([
    { path: 'a.txt', content: Buffer.from('hello') },
    { path: 'bin/run', content: Buffer.alloc(513), mode: 0o755 },
  ]);
  const { stdout } = await execa('tar', ['-tv'], { input: archive, env: { TZ: 'UTC' } });
  const lines = stdout.split('\n').map((line) => line.replaceAll(/\s+/g, ' '));
  expect(lines).toEqual([
    '-rw-r--r-- 0/0 5 1970-01-01 00:00 a.txt',
    '-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/run',
  ]);
});
