import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAtExit } from './at-exit.ts';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

/** A new folder below the system's temporary one, readable by its owner only. */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `registry-cache-${name}-`));
  const removed = runAtExit('rm', '-rf', '--', path);
  const remove = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    removed();
  };
  return { path, remove, [Symbol.asyncDispose]: remove };
}
