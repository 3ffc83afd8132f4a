import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPosition, writePosition } from './log-position.ts';
import { createDirectory } from './testing/directory.ts';

test('reads what it wrote', async () => {
  const file = join(createDirectory(), 'logger.json');
  await writePosition(file, { inode: 12, offset: 34 });
  expect(await readPosition(file)).toEqual({ inode: 12, offset: 34 });
});

test.each([[''], ['{"inode":1'], ['null'], ['{"inode":-1,"offset":0}'], ['{"inode":1}'], ['[]']])(
  'does not take %j for a position',
  async (content) => {
    const file = join(createDirectory(), 'logger.json');
    writeFileSync(file, content);
    expect(await readPosition(file)).toBeUndefined();
  },
);

test('has no position at the first start', async () => {
  expect(await readPosition(join(createDirectory(), 'logger.json'))).toBeUndefined();
});
