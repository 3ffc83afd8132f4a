import { readFile, stat } from 'node:fs/promises';

export interface WatchedFile<T> {
  /** The newest good content. Reads the file only after a change. */
  current(): Promise<T>;
}

export interface WatchedFileDeps<T> {
  readonly parse: (text: string) => T;
  /** Called once for each broken state, not for each request. */
  readonly onBroken: (error: unknown) => void;
  /** Called after each change with the new content. */
  readonly onChange: (content: T) => void;
}

/**
 * Follows a file by a stat at each use. So the next request sees renames, symlink swaps and writes,
 * and no event can get lost. A missing or broken file keeps the last content.
 */
export function watchFile<T>(path: string, initial: T, tools: WatchedFileDeps<T>): WatchedFile<T> {
  let content = initial;
  let seen = '';
  let running: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    const mark = await markOfFile(path);
    if (mark === seen) return;
    // Set it before the read, because a write in between changes the mark again.
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

/** What changes whenever the file at `path` does, be it missing. */
export async function markOfFile(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return `none:${(error as NodeJS.ErrnoException).code}`;
  }
}
