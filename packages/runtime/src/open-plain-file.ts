import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Opening a pipe would wait for its writer, in one of the few threads that Node.js has for files. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a plain file for reading.
 * @throws Error with the system's code; `EINVAL` for anything but a plain file.
 */
export async function openPlainFile(path: string): Promise<FileHandle> {
  const handle = await open(path, READ);
  const isPlain = (await handle.stat()).isFile();
  if (isPlain) return handle;
  await handle.close();
  throw Object.assign(new Error(`${path} is no plain file`), { code: 'EINVAL' });
}
