import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');

/**
 * The distribution registry's program: `REGISTRY_BINARY`, or the one from scripts/build in
 * `.tools/bin`, or `registry` on PATH.
 * @throws if none of them exists.
 */
export function findRegistryBinary(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.REGISTRY_BINARY;
  const candidates = named
    ? [named]
    : [join(WORKSPACE, '.tools/bin/registry'), ...onPath(environment.PATH)];
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new Error(
      `no distribution registry among ${candidates.join(', ')}; run scripts/build or set REGISTRY_BINARY`,
    );
  }
  return found;
}

function onPath(path = ''): string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'registry'));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
