import { readFile } from 'node:fs/promises';

/** @throws when the file cannot be read or is not JSON: it is ours, so that is a defect. */
export async function readWorkerOptions<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
