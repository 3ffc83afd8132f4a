import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quoteFound } from '@registry-cache/domain';
import { Parser, type ReadEntry } from 'tar';
import { BackupError } from '../backup-error.ts';
import { ContentHash } from '../content-hash.ts';
import { digestOfPath } from '../digest-of-path.ts';
import {
  type BackupInfo,
  formatSum,
  INFO_NAME,
  KEY_NAMES,
  KEYS_PREFIX,
  type KeyName,
  parseInfo,
  STORE_PREFIX,
  STORE_TOPS,
  SUMS_NAME,
} from '../layout.ts';

export interface ReadBackup {
  readonly info: BackupInfo;
  readonly files: number;
  readonly keys: ReadonlyMap<KeyName, Buffer>;
}

/** More than any certificate, and any name, has. */
const MAX_TEXT_BYTES = 1_048_576;
/** Of millions of files. */
const MAX_SUMS_BYTES = 1_073_741_824;

/**
 * Reads a backup, writes the files of its store into a folder, and compares all sums, and the bytes of
 * content with their digests.
 * @throws BackupError for a tar that is cut, damaged or no backup. The folder has a part of it then.
 */
export async function readBackup(source: Readable, folder: string): Promise<ReadBackup> {
  const taker = new EntryTaker(folder);
  const stop = new AbortController();
  let work = Promise.resolve();
  const onReadEntry = (entry: ReadEntry) => {
    // An entry waits until it is read, and the ones behind it wait as well.
    work = work
      .then(() => (stop.signal.aborted ? void entry.resume() : taker.take(entry)))
      .catch((error: unknown) => {
        stop.abort(error);
        entry.resume();
      });
  };
  const parser = new Parser({ strict: true, maxMetaEntrySize: MAX_TEXT_BYTES, onReadEntry });
  try {
    // The parser is a writable stream of Node.js in all but its types.
    const sink = parser as unknown as NodeJS.WritableStream;
    await pipeline(source, sink, { signal: stop.signal });
    await work;
    stop.signal.throwIfAborted();
  } catch (error) {
    // The parser still hands out entries that it has read, and none of them may be written.
    if (!stop.signal.aborted) stop.abort(error);
    await work;
    const reason: unknown = stop.signal.reason;
    if (reason instanceof BackupError || isOfDisk(reason)) throw reason;
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new BackupError(`the tar cannot be read: ${text}`, { cause: reason });
  }
  return taker.end();
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** Takes the entries of a backup, one after the other. */
class EntryTaker {
  readonly #folder: string;
  readonly #keys = new Map<KeyName, Buffer>();
  #info: BackupInfo | undefined;
  #sums = '';
  #files = 0;
  #isWhole = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(entry: ReadEntry): Promise<void> {
    const name = entry.path;
    if (this.#isWhole) throw refuse(name, 'a file behind the sums');
    if (entry.type !== 'File') throw refuse(name, `an entry of type ${entry.type}`);
    if (name === SUMS_NAME) return this.#compare(await readText(entry, MAX_SUMS_BYTES));
    if (this.#info === undefined) {
      const text = name === INFO_NAME ? await readText(entry, MAX_TEXT_BYTES) : Buffer.alloc(0);
      this.#info = parseInfo(text.toString('utf8'));
      if (this.#info === undefined) {
        throw new BackupError(
          'found no backup of a version that this program knows; accepted: the output of `registry-cache backup`',
        );
      }
      return this.#note(name, hashOf(text));
    }
    const key = KEY_NAMES.find((known) => name === `${KEYS_PREFIX}${known}`);
    if (key !== undefined) {
      const content = await readText(entry, MAX_TEXT_BYTES);
      this.#keys.set(key, content);
      return this.#note(name, hashOf(content));
    }
    const path = parseStorePath(name);
    if (path === undefined) throw refuse(name, 'a file that no backup has');
    const digest = digestOfPath(path);
    this.#note(name, await writeEntry(entry, join(this.#folder, path), digest));
    this.#files += 1;
  }

  end(): ReadBackup {
    if (this.#info === undefined || !this.#isWhole) throw new BackupError('the tar is cut');
    return { info: this.#info, files: this.#files, keys: this.#keys };
  }

  #note(name: string, hex: string): void {
    this.#sums += formatSum(name, hex);
  }

  #compare(sums: Buffer): void {
    if (sums.toString('utf8') !== this.#sums) {
      throw new BackupError(
        'the sums at the end are not those of the files: the backup is damaged',
      );
    }
    this.#isWhole = true;
  }
}

/** The path in the store; undefined for a name that leads elsewhere. */
function parseStorePath(name: string): string | undefined {
  if (!name.startsWith(STORE_PREFIX)) return undefined;
  const path = name.slice(STORE_PREFIX.length);
  const parts = path.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  const isKnown = STORE_TOPS.has(parts[0] ?? '');
  return isPlain && isKnown && !path.includes('\0') ? path : undefined;
}

/** Returns the SHA-256 of its bytes. @throws BackupError for bytes that do not have the digest. */
async function writeEntry(
  entry: ReadEntry,
  path: string,
  digest: string | undefined,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  // A second file of that name is refused.
  const file = await open(path, 'wx', entry.mode === undefined ? 0o600 : entry.mode & 0o777);
  try {
    const hash = new ContentHash(digest);
    for await (const piece of entry) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    // The time of a tag is when the upstream confirmed it. Nothing is to be evicted for its age yet.
    const now = new Date();
    await file.utimes(now, entry.mtime ?? now);
    const { sha256, isRight } = hash.end();
    if (!isRight) throw refuse(entry.path, 'bytes that do not have this digest');
    return sha256;
  } finally {
    await file.close();
  }
}

async function readText(entry: ReadEntry, maxBytes: number): Promise<Buffer> {
  if (entry.size > maxBytes) throw refuse(entry.path, `${entry.size} bytes`);
  const pieces: Buffer[] = [];
  for await (const piece of entry) pieces.push(piece);
  return Buffer.concat(pieces);
}

function hashOf(bytes: Buffer): string {
  const hash = new ContentHash(undefined);
  hash.update(bytes);
  return hash.end().sha256;
}

function refuse(name: string, found: string): BackupError {
  return new BackupError(
    `${quoteFound(name)}: found ${found}; the tar is no backup of this program`,
  );
}
