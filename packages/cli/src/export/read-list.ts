import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidInputError } from '@registry-cache/domain';

/** A list of images. */
export interface ListedReference {
  /** Where it stands, for issues: `images.txt:3`. */
  readonly path: string;
  readonly text: string;
}

/** Reads a list with an image in each line; `#` begins a comment. `-` is standard input. */
export async function readList(file: string): Promise<ListedReference[]> {
  const content = await readContent(file);
  return content.split('\n').flatMap((line, index) => {
    const [before = ''] = line.split('#');
    return before.trim() === '' ? [] : [{ path: `${file}:${index + 1}`, text: before.trim() }];
  });
}

async function readContent(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new InvalidInputError([
      { path: `--list ${file}`, found, accepted: 'a file with an image in each line' },
    ]);
  }
}
