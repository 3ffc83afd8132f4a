import { makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';
import type { Stage } from './stage.ts';

/**
 * Mounts a filesystem in memory for a store, until the stage ends. On one that others use too, space
 * that they take or free counts as the store's.
 *
 * @param options of tmpfs, such as `size=200m`.
 * @returns its path.
 */
export async function mountStore(stage: Stage, name: string, options: string): Promise<string> {
  const folder = stage.use(await makeTemporaryFolder(name));
  await runOrThrow('mount', ['-t', 'tmpfs', '-o', options, 'none', folder.path]);
  stage.use({
    [Symbol.asyncDispose]: async () => void (await runOrThrow('umount', [folder.path])),
  });
  return folder.path;
}
