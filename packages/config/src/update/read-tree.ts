import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { RunPaths } from '@registry-cache/domain';
import { TEMPORARY_SUFFIX } from '@registry-cache/runtime';
import type { RenderedFile, RenderedTree } from '../render/file.ts';

/** The files that the boot or the last update has applied. */
export async function readTree(run: RunPaths, parts: readonly string[]): Promise<RenderedTree> {
  const tree = new Map<string, RenderedFile>();
  for (const part of parts) {
    const entries = await readdir(join(run.root, part), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.endsWith(TEMPORARY_SUFFIX)) continue;
      const path = join(entry.parentPath, entry.name);
      const { mode } = await stat(path);
      const content = await readFile(path, 'utf8');
      tree.set(relative(run.root, path), { content, mode: mode & 0o777 });
    }
  }
  return tree;
}
