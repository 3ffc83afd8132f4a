import { readFile } from 'node:fs/promises';
import { parseJson } from '@registry-cache/runtime';
import { expect, test } from 'vitest';
import { LOGGER_OPTIONS } from './options.ts';

const GOLDEN = new URL(
  '../../config/golden/authentication/expected/etc/logger.json',
  import.meta.url,
);

test('reads the file that config writes, every field of it', async () => {
  const json = await readFile(GOLDEN, 'utf8');
  expect(parseJson(json, LOGGER_OPTIONS)).toEqual(JSON.parse(json));
});

test('names a field that is wrong', async () => {
  const options = JSON.parse(await readFile(GOLDEN, 'utf8'));
  const read = (change: object) => () =>
    parseJson(JSON.stringify({ ...options, ...change }), LOGGER_OPTIONS);
  expect(read({ logLevel: 'loud' })).toThrow(/^logLevel: /);
  expect(read({ metricsDir: undefined })).toThrow(/^metricsDir: /);
});
