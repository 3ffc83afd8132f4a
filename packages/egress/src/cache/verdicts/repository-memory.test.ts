import { expect, test } from 'vitest';
import { RepositoryMemory } from './repository-memory.ts';

/** Words of a repository. Each takes a thousandth of the memory. */
class Words extends Array<string> {
  get sizeBytes(): number {
    return this.length * 25_000;
  }
}

function open() {
  const files = new Map<string, string>();
  const errors: unknown[] = [];
  const gate = { writes: Promise.resolve(), fails: false, reads: 0 };
  const memory = new RepositoryMemory<Words>({
    async read(_, repository) {
      gate.reads += 1;
      if (gate.fails) throw new Error('the disk is broken');
      return Words.from((files.get(repository) ?? '').split(' ').filter(Boolean)) as Words;
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
  for (let other = 0; other < 30_000; other += 1) await memory.open('up', `other-${other}`);
  expect(await memory.open('up', 'a')).toEqual(['one']);
  resolve();
});

test('a failed read is tried again, and a failed write is reported', async () => {
  const { memory, errors, gate } = open();
  gate.fails = true;
  await expect(memory.open('up', 'a')).rejects.toThrow('the disk is broken');
  memory.write('up', 'b', new Words());
  await expect.poll(() => errors).toMatchObject([{ message: 'the disk is full' }]);
  gate.fails = false;
  expect(await memory.open('up', 'a')).toEqual([]);
});

test('the memory is bounded by the size of repositories, not by their number', async () => {
  const { memory, gate, files } = open();
  const fill = (words: number) => Array(words).fill('word').join(' ');
  for (let one = 0; one < 200; one += 1) await memory.open('up', `small-${one}`);
  expect(gate.reads).toBe(200);
  for (let one = 0; one < 200; one += 1) await memory.open('up', `small-${one}`);
  expect(gate.reads).toBe(200);
  for (let one = 0; one < 4; one += 1) {
    files.set(`large-${one}`, fill(400));
    await memory.open('up', `large-${one}`);
  }
  await memory.open('up', 'large-3');
  expect(gate.reads).toBe(204);
  await memory.open('up', 'large-0');
  expect(gate.reads).toBe(205);
});

test('a repository that grows counts by its new size', async () => {
  const { memory, gate } = open();
  const grown = await memory.open('up', 'grown');
  await memory.open('up', 'other');
  grown.push(...Array<string>(2_000).fill('word'));
  await memory.open('up', 'grown');
  expect(gate.reads).toBe(2);
  await memory.open('up', 'other');
  expect(gate.reads).toBe(3);
});
