import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ClientFile, MARK } from '@registry-cache/config';
import { InvalidInputError, type Issue } from '@registry-cache/domain';
import { writeFileAtomic } from '@registry-cache/runtime';

/**
 * Writes files below a folder, which may be `/`. Returns their paths.
 *
 * @throws InvalidInputError before anything is written, if a file exists that no earlier set-up
 *   has written.
 */
export async function writeClientFiles(
  folder: string,
  files: readonly ClientFile[],
): Promise<string[]> {
  const issues: Issue[] = [];
  for (const { path, content } of files) {
    const former = await readFormer(join(folder, path));
    if (former === undefined || former === content || isOurs(former)) continue;
    const found = `${join(folder, path)}, which is not from here`;
    issues.push({ path: '--out', found, accepted: 'a folder without it; then merge the two' });
  }
  if (issues.length > 0) throw new InvalidInputError(issues);
  for (const { path, content, mode } of files) {
    // Clients of other users must be able to read the files in these folders.
    await mkdir(join(folder, dirname(path)), { recursive: true, mode: 0o755 });
    await writeFileAtomic(join(folder, path), content, mode);
  }
  return files.map(({ path }) => join(folder, path));
}

/** A script has its mark in the second line. */
function isOurs(text: string): boolean {
  return text.split('\n', 2).some((line) => line.startsWith(MARK));
}

async function readFormer(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
