import { readFileSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { orMissing } from '@registry-cache/runtime';
import { type BegunBody, type BodyKey, formatHead, formatRange, parseJournal } from './journal.ts';

/** The end of the name of the list of what a file has. */
const JOURNAL_SUFFIX = '.ranges';
/** Our own files: bodies, and their lists. */
const OWN_NAME = /^[0-9a-f]{24}(?:\.ranges)?$/;
/** Smaller bodies are soon fetched again. */
const SMALLEST_BYTES = 1024 * 1024;
/** So much of a body is fetched twice at most. */
const SHARE = 1 / 400;
const [LEAST_STEP_BYTES, LARGEST_STEP_BYTES] = [256 * 1024, 16 * 1024 * 1024];

/** Notes which bytes of a body are in its file. */
export interface Journal {
  /** Bytes from `start` to before `end` are in the file by now. */
  add(start: number, end: number): void;
  close(): Promise<void>;
}

/**
 * Bodies that an earlier egress had begun when it was killed or stopped, so that the next fetch goes
 * on with their files. A list beside each file says which bytes it has. Whatever a list says, the
 * digest of the whole body decides in the end.
 */
export interface BegunBodies {
  /** Reads the lists, and removes all other leftovers. */
  read(): Promise<void>;
  /** A begun body, once: it is the caller's from then on. */
  take(key: Omit<BodyKey, 'sizeBytes'>): Promise<BegunBody | undefined>;
  /** Puts back what was taken and not used. */
  giveBack(body: BegunBody): void;
  /** Undefined for a small body, and where no list can be written. */
  note(file: string, key: BodyKey, ranges: BegunBody['ranges']): Promise<Journal | undefined>;
  /** Removes the file of a body with its list. */
  remove(file: string): Promise<void>;
}

/** @param dir the folder of unfinished bodies. */
export function openBegunBodies(dir: string): BegunBodies {
  const begun = new Map<string, BegunBody>();
  const bootId = readBootId();
  const remove = async (file: string) => {
    for (const path of [file, `${file}${JOURNAL_SUFFIX}`]) await rm(path, { force: true });
  };
  return {
    async read() {
      const names = ((await orMissing(readdir(dir))) ?? []).filter((name) => OWN_NAME.test(name));
      const bodies = new Set(names.map((name) => name.replace(JOURNAL_SUFFIX, '')));
      for (const name of bodies) {
        const file = join(dir, name);
        const body = await readBegun(file, bootId);
        if (body === undefined || begun.has(keyOf(body))) await remove(file);
        else begun.set(keyOf(body), body);
      }
    },
    async take(key) {
      const body = begun.get(keyOf(key));
      begun.delete(keyOf(key));
      if (body === undefined) return undefined;
      // The cleaner may have removed it as abandoned.
      const stats = await orMissing(stat(body.file));
      if (stats !== undefined && stats.size >= (body.ranges.at(-1)?.[1] ?? 0)) return body;
      await remove(body.file);
      return undefined;
    },
    giveBack: (body) => void begun.set(keyOf(body), body),
    async note(file, key, ranges) {
      if (bootId === '' || key.sizeBytes < SMALLEST_BYTES) return undefined;
      // Without a list the body is fetched all the same.
      const handle = await open(`${file}${JOURNAL_SUFFIX}`, 'w', 0o644).catch(() => undefined);
      return handle && new FileJournal(handle, formatHead(bootId, key), ranges, key.sizeBytes);
    },
    remove,
  };
}

class FileJournal implements Journal {
  readonly #handle: FileHandle;
  readonly #stepBytes: number;
  #runs: { start: number; end: number }[] = [];
  #waitingBytes = 0;
  #writing: Promise<void>;

  constructor(
    handle: FileHandle,
    head: string,
    ranges: readonly [number, number][],
    sizeBytes: number,
  ) {
    const step = Math.min(sizeBytes * SHARE, LARGEST_STEP_BYTES);
    this.#handle = handle;
    this.#stepBytes = Math.max(step, LEAST_STEP_BYTES);
    this.#writing = this.#append(head + ranges.map(([from, to]) => formatRange(from, to)).join(''));
  }

  add(start: number, end: number): void {
    const run = this.#runs.find((one) => one.end === start);
    if (run === undefined) this.#runs.push({ start, end });
    else run.end = end;
    this.#waitingBytes += end - start;
    if (this.#waitingBytes >= this.#stepBytes) this.#flush();
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#handle.close();
  }

  #flush(): void {
    const text = this.#runs.map(({ start, end }) => formatRange(start, end)).join('');
    this.#runs = [];
    this.#waitingBytes = 0;
    if (text !== '') this.#writing = this.#writing.then(() => this.#append(text));
  }

  /** A list that cannot be written costs a later fetch, and nothing now. */
  #append(text: string): Promise<void> {
    return this.#handle.appendFile(text).catch(() => undefined);
  }
}

async function readBegun(file: string, bootId: string): Promise<BegunBody | undefined> {
  const text = await orMissing(readFile(`${file}${JOURNAL_SUFFIX}`, 'utf8'));
  const stats = await orMissing(stat(file));
  if (text === undefined || stats === undefined) return undefined;
  return parseJournal(text, { file, bootId, fileBytes: stats.size });
}

function keyOf({ upstreamId, digest }: Omit<BodyKey, 'sizeBytes'>): string {
  return `${upstreamId} ${digest}`;
}

/** After a loss of power, bytes that were written may be missing. Then the machine has another id. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
