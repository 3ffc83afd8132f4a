import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '@registry-cache/domain';

/**
 * Removes an earlier render. Other files in a folder are never removed.
 *
 * @throws InvalidInputError for a folder with other files.
 */
export async function clearFormerOutput(out: string): Promise<void> {
  const entries = await listEntries(out);
  const isOurs = entries.every((name) => name === 'etc') && existsSync(join(out, MARK));
  if (entries.length > 0 && !isOurs) {
    const found = `${out}, which has other files`;
    const accepted = 'a new or empty folder, or one of an earlier render';
    throw new InvalidInputError([{ path: '--out', found, accepted }]);
  }
  await rm(join(out, 'etc'), { recursive: true, force: true });
}

/** Only `render` writes this file. */
const MARK = 'etc/haproxy/prefixes.map';

async function listEntries(out: string): Promise<string[]> {
  try {
    return await readdir(out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
