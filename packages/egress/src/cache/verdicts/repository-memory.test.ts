import { expect, test } from 'vitest';
import { RepositoryMemory } from './repository-memory.ts';

function open() {
  const files = new Map<string, string>();
  const errors: unknown[] = [];
  const gate = { writes: Promise.resolve(), fails: false, reads: 0 };
  const memory = new RepositoryMemory<string[]>({
    async read(_, repository) {
      gate.reads += 1;
      if (gate.fails) throw new Error('the disk is broken');
      return (files.get(repository) ?? '').split(' ').filter(Boolean);
    },
    async write(_, repository, state) {
      const text = state.join(' ');
      await gate.writes;
      if (gate.fails) throw new Error('the disk is full');
      files.set(repository, text);
    },
    onNotKept: (error) => errors.push(error),
  });
  return { memory, files, errors, gate };
}

test('a file is read once, and changes during a write are written after it', async () => {
  const { memory, files, gate } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.writes = promise;
  const state = await memory.open('up', 'a');
  for (const word of ['one', 'two', 'three']) {
    state.push(word);
    memory.write('up', 'a', state);
  }
  resolve();
  await expect.poll(() => files.get('a')).toBe('one two three');
  expect(await memory.open('up', 'a')).toBe(state);
  expect(gate.reads).toBe(1);
});

test('what a busy disk has not written yet is not lost by reading the file again', async () => {
  const { memory, gate } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.writes = promise;
  const state = await memory.open('up', 'a');
  state.push('one');
  memory.write('up', 'a', state);
  for (let other = 0; other < 1_000; other += 1) await memory.open('up', `other-${other}`);
  expect(await memory.open('up', 'a')).toEqual(['one']);
  resolve();
});

test('a failed read is tried again, and a failed write is reported', async () => {
  const { memory, errors, gate } = open();
  gate.fails = true;
  await expect(memory.open('up', 'a')).rejects.toThrow('the disk is broken');
  memory.write('up', 'b', []);
  await expect.poll(() => errors).toMatchObject([{ message: 'the disk is full' }]);
  gate.fails = false;
  expect(await memory.open('up', 'a')).toEqual([]);
});
