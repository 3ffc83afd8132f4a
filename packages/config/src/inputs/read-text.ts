import { readFile } from 'node:fs/promises';
import type { Issue } from '@registry-cache/domain';

/**
 * Reads a file as text. One that cannot be read becomes an issue.
 *
 * @param accepted - What the file should hold, for the issue.
 * @param isRequired - Whether an absent file is an issue as well.
 * @returns undefined where there is no text.
 */
export async function readText(
  path: string,
  accepted: string,
  issues: Issue[],
  isRequired: boolean,
): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an unreadable file';
    if (code !== 'ENOENT' || isRequired) {
      issues.push({ path, found: FOUND[code] ?? code, accepted });
    }
    return undefined;
  }
}

const FOUND: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory (podman makes one where the file to mount does not exist)',
  EACCES: 'a file that this user may not read',
};
