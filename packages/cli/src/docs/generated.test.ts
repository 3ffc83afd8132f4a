import { expect, it } from 'vitest';
import { readText } from './documents.ts';
import { generateDocs } from './generate.ts';

it.each([...generateDocs()])('%s is what the code says', (path, generated) => {
  expect(readText(path), `${path} is out of date: run \`pnpm run docs\``).toBe(generated);
});
