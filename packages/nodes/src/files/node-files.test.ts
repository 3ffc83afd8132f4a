import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergeHosts } from '../merge/hosts-toml.ts';
import type { WantedFile } from '../plan-node.ts';
import { NodeFiles } from './node-files.ts';

const FOLDER = '/etc/containerd/certs.d/quay.test';
const PATH = `${FOLDER}/hosts.toml`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'node-files-'));
});
afterEach(() => rm(root, { recursive: true }));

const read = () => readFile(join(root, PATH), 'utf8').catch(() => undefined);

/** The set-up with the cache at that port. */
function setUp(port: number): WantedFile[] {
  const text = `server = "https://quay.test"\n\n[host."https://cache.test:${port}"]\n`;
  return [{ path: PATH, mode: 0o644, merge: (base) => mergeHosts(base, text) }];
}

/** Leaves the text in the file, as a process that noted its change and ended before the write. */
async function endBeforeWrite(wanted: WantedFile[], text: string): Promise<void> {
  await (await NodeFiles.open(root)).put(wanted);
  await writeFile(join(root, PATH), text);
}

test.each([
  ['nothing', undefined],
  ['hosts of its own', 'server = "https://quay.test"\n\n[host."https://mirror.test"]\n'],
])(
  'a process that ended before its write does not keep the cache on a node with %s',
  async (_, own) => {
    if (own !== undefined) {
      await mkdir(join(root, FOLDER), { recursive: true });
      await writeFile(join(root, PATH), own);
    }
    await (await NodeFiles.open(root)).put(setUp(1));
    const first = (await read()) ?? '';
    expect(first).toContain('cache.test:1"');
    await endBeforeWrite(setUp(2), first);
    await endBeforeWrite(setUp(3), first);
    const files = await NodeFiles.open(root);
    expect(await files.put(setUp(3))).toEqual([PATH]);
    expect(await read()).toContain('cache.test:3"');
    expect(await read()).not.toContain('cache.test:1"');
    expect(await files.takeAllOut()).toEqual([PATH]);
    expect(await read()).toBe(own);
  },
);

test('a process that ended before its write puts the node back', async () => {
  await (await NodeFiles.open(root)).put(setUp(1));
  await endBeforeWrite(setUp(2), (await read()) ?? '');
  expect(await (await NodeFiles.open(root)).takeAllOut()).toEqual([PATH]);
  expect(await read()).toBeUndefined();
});
