import { constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { RecordLines } from './record-lines.ts';
import { RotatingLog } from './rotating-log.ts';

export interface CollectOptions {
  /** The named pipe to which the edge writes its lines. */
  readonly pipe: string;
  readonly accessLog: string;
  /** In bytes. The log is renamed to `<accessLog>.1` before it grows beyond that. */
  readonly rotateAtBytes: number;
  /** Ends the collecting, after the pipe has been emptied. */
  readonly signal: AbortSignal;
  /** Called when writing fails. Collecting goes on. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The pause between two reads, in which lines gather. During the pause no process waits for the
 * pipe, so a write wakes none, and that is most of the cost of a line. The pipe (1 MiB:
 * supervisor/haproxy) holds the lines of 80 ms at 30,000 a second.
 */
const REST_MS = 40;
const CHUNK_BYTES = 256 * 1024;

/**
 * Moves records from the pipe into the access log until it is stopped.
 *
 * @throws the system's error if the pipe cannot be opened or read.
 */
export async function collectLog(options: CollectOptions): Promise<void> {
  const log = new RotatingLog(options.accessLog, options.rotateAtBytes);
  const lines = new RecordLines();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const keep = (size: number) => {
    try {
      log.append(lines.take(chunk.subarray(0, size)));
    } catch (error) {
      options.onFailure(error);
    }
  };
  // Also open it for writing: then it has no end, and opening it does not wait for a writer.
  const fd = openSync(options.pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = openWithRests(fd, chunk, keep);
  try {
    await untilStopped(pipe, options.signal);
    pipe.pause();
    for (let size = readNow(fd, chunk); size > 0; size = readNow(fd, chunk)) keep(size);
  } finally {
    pipe.destroy();
    log.close();
  }
}

/** Calls `keep` for each chunk, and pauses when the pipe is empty. */
function openWithRests(fd: number, chunk: Buffer, keep: (size: number) => void): Socket {
  let isResting = false;
  const rest = () => {
    pipe.pause();
    setTimeout(() => {
      isResting = false;
      if (!pipe.destroyed) pipe.resume();
    }, REST_MS);
  };
  const pipe = new Socket({
    fd,
    writable: false,
    onread: {
      buffer: chunk,
      callback: (size) => {
        keep(size);
        // Later, so that the rest of the pipe is read first.
        if (!isResting) setImmediate(rest);
        isResting = true;
        return true;
      },
    },
  });
  return pipe;
}

function untilStopped(pipe: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    pipe.once('error', reject);
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** @returns the number of bytes read; 0 if the pipe is empty. */
function readNow(pipe: number, chunk: Buffer): number {
  try {
    return readSync(pipe, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
