import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  auditFile,
  blobFile,
  hostedDir,
  layerLinkDir,
  onDemandFile,
  pinsDir,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
  tagIndexLink,
  verdictsFile,
} from '@registry-cache/domain';
import { Header } from 'tar/header';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { formatSum, INFO_NAME, type KeyName, SUMS_NAME } from './layout.ts';
import { restoreBackup } from './read/restore-backup.ts';
import { formatTarHeader, TAR_END, tarPadding } from './write/tar-entry.ts';
import { writeBackup } from './write/write-backup.ts';

const NOW = new Date('2026-01-02T03:04:05.000Z');
const CONFIRMED = new Date('2026-01-01T00:00:00.000Z');
const MANIFEST = '{"schemaVersion":2}';
const DIGEST = digestOf('sha256', MANIFEST);
const LAYER = `sha256:${'1'.repeat(64)}`;
const HOSTED = 'a hosted layer';
const HOSTED_DIGEST = digestOf('sha256', HOSTED);
/** So long that its path does not fit into a plain header of tar. */
const LONG = `team/${'a-long-name/'.repeat(18)}app`;

let store: string;
let empty: string;

beforeEach(async () => {
  store = await makeFolder();
  empty = await makeFolder();
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function put(path: string, text: string, changed = CONFIRMED): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await utimes(path, changed, changed);
}

async function putTag(repository: string, tag: string): Promise<void> {
  const directory = repositoryDir(store, 'quay.io', repository);
  await put(tagCurrentLink(directory, tag), DIGEST);
  await put(tagIndexLink(directory, tag, DIGEST), DIGEST);
  await put(join(revisionLinkDir(directory, DIGEST), 'link'), DIGEST);
  await put(join(layerLinkDir(directory, LAYER), 'link'), LAYER);
  await put(blobFile(store, DIGEST), MANIFEST);
  await put(blobFile(store, LAYER), 'layer');
}

async function backUp(keys = new Map<KeyName, Buffer>()) {
  const out = new PassThrough();
  const bytes = buffer(out);
  const written = await writeBackup(out, { storeRoot: store, keys, madeBy: '0.1.0', now: NOW });
  out.end();
  return { written, bytes: await bytes };
}

const restore = (bytes: Buffer) => restoreBackup(Readable.from([bytes]), empty);

/** Every file below a folder, by its path, with its text. */
async function readTree(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(root.length + 1), await readFile(path, 'utf8')] as const;
    }),
  );
  return Object.fromEntries(texts);
}

describe('a backup', () => {
  it('has what nobody could fetch again, and no layer of a cache', async () => {
    await putTag('team/app', 'v1');
    await putTag(LONG, 'v2');
    const hosted = hostedDir(store);
    await put(blobFile(hosted, HOSTED_DIGEST), HOSTED);
    await put(join(repositoryDir(hosted, 'hosted', 'own/app'), '_uploads/1/data'), 'half');
    await put(join(pinsDir(store), 'quay.io/team/app/_tags/v1.json'), '{}');
    await put(verdictsFile(store, 'trust', 'quay.io', 'team/app'), '{}');
    await put(onDemandFile(store), '["ghcr.io"]');
    await put(join(store, 'egress/spool'), 'spool');
    await symlink('/etc/passwd', join(pinsDir(store), 'link'));
    const { bytes, written } = await backUp();
    expect(written).toMatchObject({ tags: 2, keys: 0, bytes: bytes.length });
    const { info, files } = await restore(bytes);
    expect(info).toMatchObject({ madeBy: '0.1.0', createdAt: NOW.toISOString() });
    const restored = await readTree(empty);
    expect(Object.keys(restored)).toHaveLength(files);
    expect(files).toBe(written.files);
    const expected = Object.entries(await readTree(store)).filter(
      ([path]) =>
        !/_uploads|_layers|^egress/.test(path) && !path.endsWith(`${LAYER.slice(7)}/data`),
    );
    expect(restored).toEqual(Object.fromEntries(expected));
    expect(Object.values(restored)).toContain(HOSTED);
  });

  it('is refused while a hosted layer is damaged, and leaves a damaged manifest out', async () => {
    await putTag('team/app', 'v1');
    await put(blobFile(store, DIGEST), MANIFEST.toUpperCase());
    const { bytes } = await backUp();
    await restore(bytes);
    expect(Object.keys(await readTree(empty)).filter((path) => path.startsWith('blobs'))).toEqual(
      [],
    );
    const layer = blobFile(hostedDir(store), HOSTED_DIGEST);
    await put(layer, HOSTED.toUpperCase());
    await expect(backUp()).rejects.toThrow(
      `${HOSTED_DIGEST.slice(7)}/data is damaged: its bytes do not have this digest`,
    );
  });

  it('keeps modes, and the times of tags, by which they are valid', async () => {
    await putTag('team/app', 'v1');
    const link = tagCurrentLink(repositoryDir(store, 'quay.io', 'team/app'), 'v1');
    await chmod(link, 0o640);
    await restore((await backUp()).bytes);
    const stats = await stat(tagCurrentLink(repositoryDir(empty, 'quay.io', 'team/app'), 'v1'));
    expect(stats.mtime).toEqual(CONFIRMED);
    expect(stats.mode & 0o777).toBe(0o640);
  });

  it('hands keys back, and writes them nowhere', async () => {
    const keys = new Map<KeyName, Buffer>([['certs.pem', Buffer.from('PRIVATE')]]);
    const restored = await restore((await backUp(keys)).bytes);
    expect(restored.keys).toEqual(keys);
    expect(await readdir(empty)).toEqual([]);
  });

  it('is the same tar for other programs', async () => {
    await putTag(LONG, 'v1');
    const { bytes } = await backUp();
    const { execFileSync } = await import('node:child_process');
    execFileSync('tar', ['-x', '-C', empty], { input: bytes });
    const sums = execFileSync('sha256sum', ['--check', '--quiet', 'sums.sha256'], { cwd: empty });
    expect(sums.toString()).toBe('');
  });
});

describe('a restore', () => {
  it('refuses a folder that is not empty, and changes nothing in it', async () => {
    await writeFile(join(empty, 'mine'), 'x');
    await expect(restore((await backUp()).bytes)).rejects.toThrow(
      `${empty}: found 1 entries (mine); accepted: an empty folder, before the first start`,
    );
    expect(await readTree(empty)).toEqual({ mine: 'x' });
  });

  it('clears what a restore that was killed has left', async () => {
    await put(join(empty, '.restore-abc/store/pins/x'), 'half');
    await put(join(empty, 'lost+found/x'), 'of the filesystem');
    await restore((await backUp()).bytes);
    expect(await readdir(empty)).toEqual(['lost+found']);
  });

  it('refuses a folder that is missing', async () => {
    await rm(empty, { recursive: true });
    await expect(restore((await backUp()).bytes)).rejects.toThrow(/found no folder/);
  });

  it.each([
    ['cut in a file', (bytes: Buffer) => bytes.subarray(0, 1_536)],
    ['cut before its sums', (bytes: Buffer) => bytes.subarray(0, bytes.indexOf('sums.sha256'))],
    ['changed in a file', (bytes: Buffer) => replace(bytes, MANIFEST, MANIFEST.toUpperCase())],
    ['of a later version', (bytes: Buffer) => replace(bytes, '"version":1', '"version":2')],
    ['empty', () => Buffer.alloc(0)],
    ['no tar', () => Buffer.from('x'.repeat(2_000))],
  ])('leaves the folder empty for a tar that is %s', async (_, change) => {
    await putTag('team/app', 'v1');
    const { bytes } = await backUp();
    await expect(restore(change(bytes))).rejects.toMatchObject({ code: 'BACKUP' });
    expect(await readdir(empty)).toEqual([]);
  });

  it.each(['sha256', 'sha512'])(
    'refuses content that has another %s digest, whole',
    async (algorithm) => {
      const path = (root: string) =>
        `store${blobFile(root, digestOf(algorithm, HOSTED)).slice(store.length)}`;
      for (const root of [store, hostedDir(store)]) {
        const wrong = makeTar([
          ['store/pins/x', '{}'],
          [path(root), 'other bytes'],
        ]);
        await expect(restore(wrong)).rejects.toThrow('found bytes that do not have this digest');
        expect(await readdir(empty)).toEqual([]);
      }
      await restore(makeTar([[path(store), HOSTED]]));
      expect(Object.values(await readTree(empty))).toEqual([HOSTED]);
    },
  );

  it('is on the disk before it gets into its place, and before it has ended', async () => {
    await putTag('team/app', 'v1');
    const { bytes } = await backUp();
    const synced: (readonly [inPlace: boolean, files: number])[] = [];
    const { files } = await restoreBackup(Readable.from([bytes]), empty, async (folder) => {
      synced.push([folder === empty, Object.keys(await readTree(folder)).length]);
    });
    expect(synced).toEqual([
      [false, files],
      [true, files],
    ]);
  });

  it.each([
    ['before it gets into its place', 1],
    ['after that', 2],
  ])('leaves the folder empty where the disk fails %s', async (_when, nth) => {
    await putTag('team/app', 'v1');
    const { bytes } = await backUp();
    let asked = 0;
    const failed = restoreBackup(Readable.from([bytes]), empty, async () => {
      asked += 1;
      if (asked === nth) throw new Error('the disk is broken');
    });
    await expect(failed).rejects.toThrow('the disk is broken');
    expect(await readdir(empty)).toEqual([]);
  });

  it('leaves the folder empty wherever a tar is cut', async () => {
    await putTag('team/app', 'v1');
    for (const name of ['a', 'b', 'c']) {
      await put(join(pinsDir(store), name), name);
    }
    await put(auditFile(store), 'x'.repeat(200_000));
    const { bytes } = await backUp();
    const cuts = Array.from({ length: 60 }, (_, index) => Math.floor((bytes.length * index) / 60));
    for (const cut of cuts) {
      await expect(restore(bytes.subarray(0, cut))).rejects.toMatchObject({ code: 'BACKUP' });
      expect(await readdir(empty)).toEqual([]);
    }
  });

  it.each([
    '../outside',
    'store/../../outside',
    'store//etc/passwd',
    'store/egress/spool',
    'store/./pins/x',
    'keys/other.pem',
    '/etc/passwd',
  ])('refuses an entry with the name %s', async (name) => {
    const { bytes } = await backUp();
    const end = bytes.indexOf('sums.sha256');
    const hostile = Buffer.concat([bytes.subarray(0, end), entryOf(name, 'x'), TAR_END]);
    await expect(restore(hostile)).rejects.toMatchObject({ code: 'BACKUP' });
    expect(await readdir(empty)).toEqual([]);
  });

  it('refuses a link', async () => {
    const { bytes } = await backUp();
    const end = bytes.indexOf('sums.sha256');
    const block = Buffer.alloc(512);
    new Header({
      ...{ path: 'store/pins/x', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      ...{ mode: 0o777, size: 0, mtime: NOW },
    }).encode(block, 0);
    const hostile = Buffer.concat([bytes.subarray(0, end), block, TAR_END]);
    await expect(restore(hostile)).rejects.toThrow(/an entry of type SymbolicLink/);
    expect(await readdir(empty)).toEqual([]);
  });
});

function replace(bytes: Buffer, text: string, by: string): Buffer {
  const changed = Buffer.from(bytes);
  changed.write(by, changed.indexOf(text));
  return changed;
}

function digestOf(algorithm: string, content: string): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
}

/** A backup with these files of the store, and right sums. */
function makeTar(files: readonly (readonly [name: string, content: string])[]): Buffer {
  const info = JSON.stringify({
    ...{ format: 'registry-cache-backup', version: 1, madeBy: '0.1.0' },
    createdAt: NOW.toISOString(),
  });
  const all = [[INFO_NAME, info] as const, ...files];
  const sums = all.map(([name, content]) => formatSum(name, digestOf('sha256', content).slice(7)));
  const entries = [...all, [SUMS_NAME, sums.join('')] as const];
  return Buffer.concat([...entries.map(([name, content]) => entryOf(name, content)), TAR_END]);
}

function entryOf(name: string, content: string): Buffer {
  const bytes = Buffer.from(content);
  const entry = { name, sizeBytes: bytes.length, mode: 0o644, changed: NOW };
  return Buffer.concat([formatTarHeader(entry), bytes, tarPadding(bytes.length)]);
}
