import { expect, it } from 'vitest';
import { readText } from './documents.ts';
import { generateDocs } from './generate.ts';

it.each([...generateDocs()])('%s is as the code generates it', (path, generated) => {
  expect(readText(path), `${path} is out of date: run \`pnpm run docs\``).toBe(generated);
});
