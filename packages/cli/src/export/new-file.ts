import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { InvalidInputError } from '@registry-cache/domain';

/** A file that gets its name when it is whole. Without `keep` nothing stays of it. */
export interface NewFile extends AsyncDisposable {
  readonly stream: Writable;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Gives it its name, in place of an earlier file. */
  keep(): Promise<void>;
}

/**
 * Opens a new file beside its final place.
 * @throws InvalidInputError for a place that no file can have.
 */
export async function openNewFile(path: string): Promise<NewFile> {
  const place = resolve(path);
  await checkPlace(place);
  const partial = join(dirname(place), `.${basename(place)}.${randomBytes(4).toString('hex')}`);
  const handle = await open(partial, 'wx', 0o644).catch((error: NodeJS.ErrnoException) => {
    throw refuse(`${path} (${error.code})`);
  });
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  const stream = handle.createWriteStream({ flush: true });
  // The code that writes to it looks at `errored`.
  stream.on('error', () => undefined);
  return {
    ...{ stream, signal: stop.signal },
    async keep() {
      stream.end();
      await finished(stream);
      await rename(partial, place);
    },
    async [Symbol.asyncDispose]() {
      process.off('SIGINT', abort).off('SIGTERM', abort);
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}

async function checkPlace(place: string): Promise<void> {
  const there = await stat(place).catch(() => undefined);
  if (there !== undefined && !there.isFile()) throw refuse(`${place}, which is no plain file`);
}

function refuse(found: string): InvalidInputError {
  const accepted = 'with --server: a file in a folder that is there, or - for standard output';
  return new InvalidInputError([{ path: '--out', found, accepted }]);
}
