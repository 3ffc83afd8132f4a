import { stat } from 'node:fs/promises';
import { type Choice, chooseNext, chooseStart, type LogFiles } from './choose-file.ts';
import { LineReader, type Lines } from './line-reader.ts';
import type { Place } from './place.ts';

/**
 * Follows a log through its rotations: `<path>` is renamed to `<path>.1` and a new one appears.
 * The old one is read to its end before the new one is begun.
 */
export class LogFollower {
  readonly #path: string;
  readonly #start: Place | undefined;
  #reader: LineReader | undefined;

  constructor(path: string, start: Place | undefined) {
    this.#path = path;
    this.#start = start;
  }

  /** Everything before it was handed out; nothing before the first file was found. */
  get place(): Place | undefined {
    return this.#reader?.place;
  }

  /** The next lines, or nothing while there are none. */
  async read(): Promise<Lines | undefined> {
    this.#reader ??= await this.#open(chooseStart(await this.#statFiles(), this.#start));
    const lines = await this.#reader?.read();
    if (lines !== undefined || this.#reader === undefined) return lines;
    if (await this.#reader.rewindIfTruncated()) return await this.#reader.read();
    return await this.#readNextFile(this.#reader);
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  async #readNextFile(old: LineReader): Promise<Lines | undefined> {
    const choice = chooseNext(await this.#statFiles(), old.inode);
    if (choice === undefined) return undefined;
    // What was written between our last look at the old file and its rotation.
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
      return await LineReader.open(this.#pathOf(choice.file), choice.offset);
    } catch {
      // Rotated between the two calls, or not readable yet: the next turn looks again.
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
