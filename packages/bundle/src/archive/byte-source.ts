import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Bytes that can be read at any place. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Reads into the whole buffer, or up to the end. @returns the number of bytes. */
  read(target: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Only plain files are read. These flags do not follow a link, and do not wait for a pipe. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const READ_BYTES = 1024 * 1024;

/**
 * Opens a plain file. This reading must not count as use of a blob, so the access time stays if the
 * system allows that.
 * @throws Error with the system's code; `EINVAL` for anything but a plain file.
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  const handle = await openQuietly(path);
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw Object.assign(new Error(`${path} is no plain file`), { code: 'EINVAL' });
  }
  return {
    sizeBytes: stats.size,
    read: (target, position) => readFully(handle, target, position),
    close: () => handle.close(),
  };
}

/** The first bytes of a plain file, in pieces. A piece is valid until the next one is asked for. */
export async function* streamFile(path: string, sizeBytes: number): AsyncGenerator<Buffer> {
  const source = await openFileSource(path);
  try {
    yield* streamRange(source, 0, sizeBytes);
  } finally {
    await source.close();
  }
}

/** Several sources, one behind the other. */
export function joinSources(sources: readonly ByteSource[]): ByteSource {
  const starts: number[] = [];
  let sizeBytes = 0;
  for (const source of sources) {
    starts.push(sizeBytes);
    sizeBytes += source.sizeBytes;
  }
  return {
    sizeBytes,
    async read(target, position) {
      let done = 0;
      let at = starts.findLastIndex((start) => start <= position);
      for (; at < sources.length && done < target.length; at += 1) {
        const [source, start = 0] = [sources[at], starts[at]];
        if (source === undefined) break;
        done += await source.read(target.subarray(done), position + done - start);
      }
      return done;
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
}

/**
 * The bytes of a range, in pieces. A piece is valid until the next one is asked for. The next one is
 * read meanwhile, so that the disk works while the caller makes digests. The stream ends early where
 * the source does.
 */
export async function* streamRange(
  source: ByteSource,
  start: number,
  sizeBytes: number,
): AsyncGenerator<Buffer> {
  const length = sizeBytes > READ_BYTES ? 2 : 1;
  const buffers = Array.from({ length }, () => {
    return Buffer.allocUnsafe(Math.max(1, Math.min(READ_BYTES, sizeBytes)));
  });
  const readAt = (done: number, turn: number): Promise<Buffer> | undefined => {
    const buffer = buffers[turn % length];
    if (done >= sizeBytes || buffer === undefined) return undefined;
    const wanted = buffer.subarray(0, Math.min(buffer.length, sizeBytes - done));
    const piece = source.read(wanted, start + done).then((read) => wanted.subarray(0, read));
    // A failure counts once this piece is asked for.
    piece.catch(() => undefined);
    return piece;
  };
  let turn = 0;
  let done = 0;
  let next = readAt(0, turn);
  try {
    while (next !== undefined) {
      const piece = await next;
      next = undefined;
      if (piece.length === 0) return;
      done += piece.length;
      turn += 1;
      next = readAt(done, turn);
      yield piece;
    }
  } finally {
    // The source is closed after this, and must not be read from then on.
    await next?.catch(() => undefined);
  }
}

async function readFully(handle: FileHandle, target: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Only the owner of a file and root may open it with O_NOATIME; others get EPERM. */
async function openQuietly(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return open(path, READ);
  }
}
