import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { watchFile } from './watched-file.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'watched-'));
});
afterAll(() => rm(dir, { recursive: true }));

function follow(name: string) {
  const onBroken = vi.fn();
  const onChange = vi.fn();
  const file = watchFile<unknown>(join(dir, name), 'initial', {
    parse: JSON.parse,
    onBroken,
    onChange,
  });
  return {
    file,
    onBroken,
    onChange,
    put: (content: string) => writeFile(join(dir, name), content),
  };
}

test('reads a file again only after a change, a rename included', async () => {
  const { file, onChange, put } = follow('a');
  await put('1');
  expect([await file.current(), await file.current()]).toEqual([1, 1]);
  expect(onChange).toHaveBeenCalledTimes(1);
  await writeFile(join(dir, 'next'), '2');
  await rename(join(dir, 'next'), join(dir, 'a'));
  expect(await file.current()).toBe(2);
});

test('keeps the last good content of a broken or missing file, and reports that once', async () => {
  const { file, onBroken, put } = follow('b');
  await put('1');
  await file.current();
  await put('{ broken');
  expect([await file.current(), await file.current()]).toEqual([1, 1]);
  expect(onBroken).toHaveBeenCalledTimes(1);
  await rm(join(dir, 'b'));
  expect([await file.current(), await file.current()]).toEqual([1, 1]);
  expect(onBroken).toHaveBeenCalledTimes(2);
  await put('3');
  expect(await file.current()).toBe(3);
});
