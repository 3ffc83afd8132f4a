import { constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { GrowingLog } from './growing-log.ts';
import { RecordLines } from './record-lines.ts';

export interface CollectOptions {
  /** The named pipe that the edge writes its lines to. */
  readonly pipe: string;
  readonly accessLog: string;
  /** In bytes: the log is renamed to `<accessLog>.1` before it would become larger. */
  readonly rotateAtBytes: number;
  /** Ends the collecting: what is in the pipe by then is taken out first. */
  readonly signal: AbortSignal;
  /** Of writing; collecting goes on. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * How long lines gather after some were taken out. Nobody waits for one then, so writing one wakes
 * nobody, which is most of what a line would cost; the pipe (1 MiB: supervisor/haproxy) holds those
 * of 80 ms at 30,000 a second.
 */
const REST_MS = 40;
const CHUNK_BYTES = 256 * 1024;

/**
 * Moves records from the pipe into the access log until it is stopped.
 *
 * @throws what the system says of the pipe: without it there is nothing to collect.
 */
export async function collectLog(options: CollectOptions): Promise<void> {
  const log = new GrowingLog(options.accessLog, options.rotateAtBytes);
  const lines = new RecordLines();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const keep = (size: number) => {
    try {
      log.append(lines.take(chunk.subarray(0, size)));
    } catch (error) {
      options.onFailure(error);
    }
  };
  // Also for writing, so that it never ends, and opening it waits for nobody.
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

/** Calls `keep` for each chunk, and looks away for a while when all that was there is taken. */
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
        // Not at once: first comes what else is there.
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

/** @returns how many bytes were there; 0 for none. */
function readNow(pipe: number, chunk: Buffer): number {
  try {
    return readSync(pipe, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
