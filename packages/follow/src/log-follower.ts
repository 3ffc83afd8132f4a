import { stat } from 'node:fs/promises';
import { type Choice, chooseNext, chooseStart, type LogFiles } from './choose-file.ts';
import { LineReader, type Lines } from './line-reader.ts';
import type { LogPosition } from './log-position.ts';

/**
 * Follows a log through its rotations, in which `<path>` is renamed to `<path>.1` and a new file
 * appears. It reads the old file to its end before it begins the new one.
 */
export class LogFollower {
  readonly #path: string;
  readonly #start: LogPosition | undefined;
  #reader: LineReader | undefined;

  constructor(path: string, start: LogPosition | undefined) {
    this.#path = path;
    this.#start = start;
  }

  /** The position of the next line; undefined before the first file was found. */
  get position(): LogPosition | undefined {
    return this.#reader?.position;
  }

  /** The next lines; undefined while there are none. */
  async read(): Promise<Lines | undefined> {
    this.#reader ??= await this.#openFirst();
    const lines = await this.#reader?.read();
    if (lines !== undefined || this.#reader === undefined) return lines;
    if (await this.#reader.rewindIfTruncated()) return await this.#reader.read();
    return await this.#readNextFile(this.#reader);
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  async #openFirst(): Promise<LineReader | undefined> {
    const files = await this.#statFiles();
    const first = await this.#open(chooseStart(files, this.#start));
    if (first === undefined || first.isSame) return first;
    // A later file has the inode of the remembered one, so there are lines before it too.
    await first.close();
    return await this.#open(chooseStart(files, undefined));
  }

  async #readNextFile(old: LineReader): Promise<Lines | undefined> {
    const choice = chooseNext(await this.#statFiles(), old.inode);
    if (choice === undefined) return undefined;
    // Lines that were written between the last read of the old file and its rotation.
    const last = await old.read();
    if (last !== undefined) return last;
    const next = await this.#open(choice);
    if (next === undefined) return undefined;
    const tooLong = (await old.hasRest()) ? 1 : 0;
    await old.close();
    this.#reader = next;
    return { lines: [], tooLong };
  }

  async #open(choice: Choice | undefined): Promise<LineReader | undefined> {
    if (choice === undefined) return undefined;
    try {
      return await LineReader.open(this.#pathOf(choice.file), choice.offset, choice.mark);
    } catch {
      // It was rotated between the two calls, or is not readable yet. The next turn looks again.
      return undefined;
    }
  }

  async #statFiles(): Promise<LogFiles> {
    const [current, rotated] = await Promise.all([
      readInode(this.#pathOf('current')),
      readInode(this.#pathOf('rotated')),
    ]);
    return { current, rotated };
  }

  #pathOf(file: Choice['file']): string {
    return file === 'current' ? this.#path : `${this.#path}.1`;
  }
}

async function readInode(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch {
    return undefined;
  }
}
