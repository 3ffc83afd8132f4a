import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { NodeClient } from '../node-client.ts';
import type { SetupFile } from '../plan-node.ts';
import type { CacheAddress } from './address.ts';
import { askCache } from './ask.ts';

const run = promisify(execFile);

/**
 * The files of a client's set-up, by the script that the cache serves: `registry-cache client
 * --script`. It writes them below an empty folder.
 *
 * @throws if the cache does not serve it, or the script fails.
 */
export async function fetchSetup(
  cache: CacheAddress,
  setup: NodeClient['setup'],
  timeoutMs: number,
): Promise<SetupFile[]> {
  const path = `/setup/${setup}`;
  const { status, text } = await askCache(cache, path, timeoutMs);
  if (status !== 200)
    throw new Error(`${path} of ${cache.address}: found ${status}; accepted: 200`);
  const folder = await mkdtemp(join(tmpdir(), 'registry-cache-node-'));
  try {
    const script = join(folder, 'setup.sh');
    await writeFile(script, text);
    const root = join(folder, 'root');
    await run('/bin/sh', [script], {
      env: { PATH: process.env.PATH, ROOT: root },
      timeout: 10_000,
    });
    return await readFiles(root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readFiles(root: string): Promise<SetupFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      const { mode } = await stat(file);
      const path = `/${relative(root, file)}`;
      return { path, content: await readFile(file, 'utf8'), mode: mode & 0o777 };
    }),
  );
}
