import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '@registry-cache/domain';

/**
 * Makes room for `render`. What else a folder may hold is never removed.
 *
 * @throws InvalidInputError for a folder that `render` has not written itself.
 */
export async function clearFormerOutput(out: string): Promise<void> {
  const entries = await listEntries(out);
  const isOurs = entries.every((name) => name === 'etc') && existsSync(join(out, MARK));
  if (entries.length > 0 && !isOurs) {
    const found = `${out}, which holds other things`;
    const accepted = 'a folder that is new, empty, or of an earlier render';
    throw new InvalidInputError([{ path: '--out', found, accepted }]);
  }
  await rm(join(out, 'etc'), { recursive: true, force: true });
}

/** Nothing but `render` writes this. */
const MARK = 'etc/haproxy/prefixes.map';

async function listEntries(out: string): Promise<string[]> {
  try {
    return await readdir(out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
