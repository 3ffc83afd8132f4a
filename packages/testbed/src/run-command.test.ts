import { expect, test } from 'vitest';
import { runCommand, runOrThrow } from './run-command.ts';

test('a failure is returned as a result', async () => {
  expect(await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 7'])).toEqual({
    exitCode: 7,
    stdout: 'out',
    stderr: 'err',
  });
});

test('a program that is missing or too slow has exit code -1 and a reason', async () => {
  const missing = await runCommand('no-such-program', []);
  expect(missing).toMatchObject({ exitCode: -1 });
  expect(missing.stderr).toContain('ENOENT');
  expect(await runCommand('sleep', ['60'], { timeoutMs: 50 })).toMatchObject({ exitCode: -1 });
});

test('runOrThrow throws with the standard error', async () => {
  expect(await runOrThrow('cat', [], { input: 'text' })).toBe('text');
  await expect(runOrThrow('sh', ['-c', 'echo why >&2; exit 1'])).rejects.toThrow('why');
});
