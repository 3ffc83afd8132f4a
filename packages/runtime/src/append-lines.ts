import { constants, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The end of a file, through no link: whoever may write there must not choose another file. */
const AT_THE_END =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

/**
 * Appends whole lines to a log in one write, so that lines of several programs do not mix. The file
 * is opened anew each time, since it may be renamed. A missing folder is made.
 *
 * @throws the filesystem's error.
 */
export async function appendLines(file: string, lines: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  const handle = await open(file, AT_THE_END, 0o640);
  try {
    await handle.writeFile(lines);
  } finally {
    await handle.close();
  }
}
