import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
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
  /** Of taking out or writing; collecting goes on. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * How long lines gather in the pipe. Nobody waits for one, so writing one wakes nobody, which is
 * most of what a line would cost; the pipe (1 MiB: supervisor/haproxy) holds those of 80 ms at 30,000
 * a second.
 */
const EVERY_MS = 40;
const CHUNK_BYTES = 256 * 1024;

/** Moves records from the pipe into the access log until it is stopped. */
export async function collectLog(options: CollectOptions): Promise<void> {
  const { signal, onFailure } = options;
  const log = new GrowingLog(options.accessLog, options.rotateAtBytes);
  // Also for writing, so that it never ends, and opening it waits for nobody.
  const pipe = openSync(options.pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const lines = new RecordLines();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const takeAll = () => {
    try {
      for (let size = readNow(pipe, chunk); size > 0; size = readNow(pipe, chunk)) {
        log.append(lines.take(chunk.subarray(0, size)));
      }
    } catch (error) {
      onFailure(error);
    }
  };
  while (!signal.aborted) {
    takeAll();
    await setTimeout(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  takeAll();
  closeSync(pipe);
  log.close();
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
