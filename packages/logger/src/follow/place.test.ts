import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDirectory } from '../testing/store.ts';
import { readPlace, writePlace } from './place.ts';

test('reads what it wrote', async () => {
  const file = join(createDirectory(), 'logger.json');
  await writePlace(file, { inode: 12, offset: 34 });
  expect(await readPlace(file)).toEqual({ inode: 12, offset: 34 });
});

test.each([[''], ['{"inode":1'], ['null'], ['{"inode":-1,"offset":0}'], ['{"inode":1}'], ['[]']])(
  'takes %j for no place',
  async (content) => {
    const file = join(createDirectory(), 'logger.json');
    writeFileSync(file, content);
    expect(await readPlace(file)).toBeUndefined();
  },
);

test('remembers nothing at the first start', async () => {
  expect(await readPlace(join(createDirectory(), 'logger.json'))).toBeUndefined();
});
