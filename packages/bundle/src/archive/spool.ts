import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { BundleError } from '../problem.ts';
import type { ByteSource } from './byte-source.ts';

export interface SpoolOptions {
  readonly place: string;
  /** A new file for the bytes. It has no name from its opening on, so that nothing stays of it. */
  readonly file: string;
  /** The room for it, in bytes. A small compressed file may be a large one. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const NEW_FILE =
  constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Keeps a stream, unpacked, so that it can be read at any place: the list of an archive may be its
 * last entry.
 * @throws BundleError for more than the room, and for damaged compression.
 */
export async function spool(
  input: AsyncIterable<Buffer>,
  { place, file, maxBytes, signal }: SpoolOptions,
): Promise<ByteSource> {
  const handle = await open(file, NEW_FILE, 0o600);
  await rm(file);
  let sizeBytes = 0;
  try {
    for await (const piece of decompress(input)) {
      signal.throwIfAborted();
      sizeBytes += piece.length;
      if (sizeBytes > maxBytes) {
        throw new BundleError(place, `more than ${maxBytes} bytes, for which there is no room`);
      }
      await handle.appendFile(piece);
    }
  } catch (error) {
    await handle.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') || code?.startsWith('ZSTD_')) {
      throw new BundleError(place, 'its compression is damaged, or it is cut');
    }
    throw error;
  }
  return {
    sizeBytes,
    async read(target, position) {
      let done = 0;
      while (done < target.length) {
        const rest = target.length - done;
        const { bytesRead } = await handle.read(target, done, rest, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    close: () => handle.close(),
  };
}

/** Whether the bytes begin a stream of gzip or zstd. */
export function compressionOf(start: Uint8Array): 'gzip' | 'zstd' | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const isZstd = [0x28, 0xb5, 0x2f, 0xfd].every((byte, index) => start[index] === byte);
  return isZstd ? 'zstd' : undefined;
}

/** The bytes of a stream, unpacked if it is compressed. */
export async function* decompress(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = input[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const kind = compressionOf(first.value);
  const all = chain(first.value, iterator);
  if (kind === undefined) {
    yield* all;
    return;
  }
  const unpacker = kind === 'gzip' ? createGunzip() : createZstdDecompress();
  const feeding = feed(all, unpacker);
  // It is awaited below; until then a failure is not unhandled.
  feeding.catch((error: Error) => unpacker.destroy(error));
  yield* unpacker as AsyncIterable<Buffer>;
  await feeding;
}

async function* chain(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  // The pieces of a file are valid until the next one only.
  yield Buffer.from(first);
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    yield Buffer.from(next.value);
  }
}

async function feed(
  input: AsyncIterable<Buffer>,
  unpacker: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
): Promise<void> {
  for await (const piece of input) {
    if (unpacker.destroyed) return;
    if (unpacker.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        // A large file has thousands of pieces.
        unpacker.off('drain', goOn).off('close', goOn);
        resolve();
      };
      unpacker.on('drain', goOn).on('close', goOn);
    });
  }
  unpacker.end();
}
