import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { findRegistryBinary } from './find-registry-binary.ts';

test('REGISTRY_BINARY comes first, and must exist', async () => {
  await using folder = await makeTemporaryFolder('binary');
  const file = join(folder.path, 'registry');
  await writeFile(file, '#!/bin/sh\n', { mode: 0o755 });
  expect(findRegistryBinary({ REGISTRY_BINARY: file, PATH: '' })).toBe(file);
  const missing = { REGISTRY_BINARY: join(folder.path, 'no'), PATH: folder.path };
  expect(() => findRegistryBinary(missing)).toThrow(/run scripts\/build or set REGISTRY_BINARY/);
});
