import { rename, stat } from 'node:fs/promises';
import { isMissing } from './missing.ts';

/**
 * Renames a log that has reached the size to `<file>.1`. Programs that append to it open it anew for
 * each write, so they go on in a new file.
 *
 * @throws the filesystem's error; a missing file is none.
 */
export async function rotateWhenLarge(file: string, bytes: number): Promise<void> {
  try {
    const { size } = await stat(file);
    if (size >= bytes) await rename(file, `${file}.1`);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
