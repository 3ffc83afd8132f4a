import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing } from './missing.ts';

const ATTEMPTS = 4;

/**
 * Makes the directory of `file`, then runs `write`. The cleaner removes empty directories, perhaps
 * the new one, so a missing directory makes both steps run again.
 * @throws the error of `write`.
 */
export async function inDirectory<T>(file: string, write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(dirname(file), { recursive: true });
    try {
      return await write();
    } catch (error) {
      if (attempt === ATTEMPTS || !isMissing(error)) throw error;
    }
  }
}
