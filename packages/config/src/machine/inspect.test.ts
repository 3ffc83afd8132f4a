import { expect, test } from 'vitest';
import { inspectMachine, readMemory, readOpenFiles } from './inspect.ts';

const GIB = 1024 ** 3;

test.each([
  ['without a limit', ['max\n', ''], 8 * GIB],
  ['with the limit of cgroups 2', [`${2 * GIB}\n`, ''], 2 * GIB],
  ['with the limit of cgroups 1', ['', `${GIB}\n`], GIB],
  ['with the number that cgroups 1 has for none', ['', '9223372036854771712\n'], 8 * GIB],
])('memory %s', (_, limits, bytes) => {
  expect(readMemory(limits, 8 * GIB)).toBe(bytes);
});

test('open files: the hard limit counts', () => {
  const line = 'Max open files            1024                 524288               files     \n';
  expect(readOpenFiles(`Max processes 1 2 processes\n${line}`)).toBe(524_288);
  expect(readOpenFiles(line.replace('524288', 'unlimited'))).toBe(Number.MAX_SAFE_INTEGER);
  expect(readOpenFiles('')).toBe(1024);
});

test('this machine has some of each', () => {
  const { cpus, memoryBytes, openFiles } = inspectMachine();
  expect(Math.min(cpus, memoryBytes / GIB, openFiles / 100)).toBeGreaterThan(0);
});
