import { expect, test } from 'vitest';
import { runCommand, runOrThrow } from './run-command.ts';

test('a failure is a result', async () => {
  expect(await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 7'])).toEqual({
    exitCode: 7,
    stdout: 'out',
    stderr: 'err',
  });
});

test('a program that is missing or takes too long has exit code -1, and says why', async () => {
  const missing = await runCommand('no-such-program', []);
  expect(missing).toMatchObject({ exitCode: -1 });
  expect(missing.stderr).toContain('ENOENT');
  expect(await runCommand('sleep', ['60'], { timeoutMs: 50 })).toMatchObject({ exitCode: -1 });
});

test('where success is demanded, the error shows the standard error', async () => {
  expect(await runOrThrow('cat', [], { input: 'text' })).toBe('text');
  await expect(runOrThrow('sh', ['-c', 'echo why >&2; exit 1'])).rejects.toThrow('why');
});
