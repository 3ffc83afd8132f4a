import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Waits until everything that was written to the filesystem of a folder is on its disk: data, names
 * and modes. A backup may have a million small files, and a sync of each would take hours.
 * @throws Error where the disk fails.
 */
export async function syncFilesystem(folder: string): Promise<void> {
  await run('sync', ['--file-system', folder]);
}
