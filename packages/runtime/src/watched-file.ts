import { readFile, stat } from 'node:fs/promises';

export interface WatchedFile<T> {
  /** The newest good content; reads the file only when it has changed. */
  current(): Promise<T>;
}

export interface WatchedFileDeps<T> {
  readonly parse: (text: string) => T;
  /** Told once for each broken state, not once a request. */
  readonly onBroken: (error: unknown) => void;
  /** Told after each change that was understood. */
  readonly onChange: (content: T) => void;
}

/**
 * Follows a file by its stat at the time of use: renames, symlink swaps and writes are all seen
 * with the next request, with no watcher to lose. A missing or broken file keeps the last content.
 */
export function watchFile<T>(path: string, initial: T, tools: WatchedFileDeps<T>): WatchedFile<T> {
  let content = initial;
  let seen = '';
  let running: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    const mark = await markOf(path);
    if (mark === seen) return;
    // Noted before reading: a write in between changes the mark again.
    seen = mark;
    try {
      content = tools.parse(await readFile(path, 'utf8'));
    } catch (error) {
      tools.onBroken(error);
      return;
    }
    tools.onChange(content);
  };

  return {
    async current() {
      running ??= refresh().finally(() => {
        running = undefined;
      });
      await running;
      return content;
    },
  };
}

async function markOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return `none:${(error as NodeJS.ErrnoException).code}`;
  }
}
