import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchInputs } from './watch.ts';

let dir: string;
let stop: AbortController;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'watch-'));
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await rm(dir, { recursive: true, force: true });
});

/** Starts watching and returns a function that resolves at the n-th update. */
function watching(...files: string[]) {
  let updates = 0;
  let notify = () => {};
  void watchInputs({
    files: async () => files.map((file) => join(dir, file)),
    update: async () => {
      updates += 1;
      notify();
    },
    signal: stop.signal,
  });
  return async (count: number) => {
    while (updates < count) {
      await new Promise<void>((resolve) => {
        notify = resolve;
      });
    }
    return updates;
  };
}

describe('watchInputs', () => {
  it('calls at the start, and again for a file written in place', async () => {
    await writeFile(join(dir, 'a'), '1');
    const updates = watching('a');
    await updates(1);
    await writeFile(join(dir, 'a'), '22');
    expect(await updates(2)).toBe(2);
  });

  it('sees a file that comes later, and one replaced by rename', async () => {
    const updates = watching('a');
    await updates(1);
    await writeFile(join(dir, 'a'), '1');
    await updates(2);
    await writeFile(join(dir, 'a.new'), '2');
    await rename(join(dir, 'a.new'), join(dir, 'a'));
    expect(await updates(3)).toBe(3);
  });

  it('sees the swap of a symbolic link above the file, as Kubernetes makes it', async () => {
    for (const version of ['v1', 'v2']) {
      await mkdir(join(dir, version));
      await writeFile(join(dir, version, 'a'), version);
    }
    await symlink('v1', join(dir, '..data'));
    await symlink('..data/a', join(dir, 'a'));
    const updates = watching('a');
    await updates(1);
    await symlink('v2', join(dir, '..new'));
    await rename(join(dir, '..new'), join(dir, '..data'));
    expect(await updates(2)).toBe(2);
  });
});
