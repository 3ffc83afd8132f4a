import { chmod, mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type Appliance,
  describeContent,
  digestOf,
  layersOf,
  makeImage,
  makeTemporaryFolder,
  runOrThrow,
  type TemporaryFolder,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTar, paxRecord, type TarEntry } from '../../packages/bundle/src/testing/make-tar.ts';
import { runMeasured } from './peak-memory.ts';
import { openStage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const REF_NAME = 'org.opencontainers.image.ref.name';
const GOOD = makeImage({ seed: 'hostile bundles, good' });
const BAD = makeImage({ seed: 'hostile bundles, bad', layerSizesBytes: [1024, 100_000] });

let stage: Stage;
let folder: TemporaryFolder;
let far: Appliance;
/** The most memory that the import of a small good bundle takes. */
let usualMib: number;

const LAYOUT = { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' };
const list = (manifests: string) => ({
  path: 'index.json',
  content: `{"schemaVersion":2,"manifests":[${manifests}]}`,
});
const named = (name: string, descriptor: object) =>
  JSON.stringify({ ...descriptor, annotations: { [REF_NAME]: name } });
const blobsOf = ({ manifests, blobs }: typeof GOOD): TarEntry[] =>
  [...manifests, ...blobs].map(({ digest, bytes }) => ({
    path: `blobs/${digest.replace(':', '/')}`,
    content: bytes,
  }));
const bad = list(named('quay.io/team/bad:v1', describeContent(BAD.top)));

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('hostile'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  far = await stage.appliance(
    { 'quay.io': { url: 'http://127.0.0.1:1' } },
    {
      extraMounts: [`${folder.path}:/bundles`],
      env: { OFFLINE: 'true', CLEANER_MAXSIZE: '200M' },
    },
  );
  const good = list(named('quay.io/team/good:v1', describeContent(GOOD.top)));
  await put('good.tar', makeTar([LAYOUT, good, ...blobsOf(GOOD)]));
  const { exitCode, peakMib } = await importMeasured('good.tar');
  expect(exitCode).toBe(0);
  usualMib = peakMib;
});

afterAll(() => stage[Symbol.asyncDispose]());

const importMeasured = (name: string) =>
  runMeasured(far, { folder: folder.path, mount: '/bundles' }, ['import', `/bundles/${name}`]);

async function put(name: string, content: string | Uint8Array): Promise<void> {
  const path = join(folder.path, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

const tar = (entries: readonly TarEntry[]) => (name: string) => put(name, makeTar(entries));
const link = (type: 'SymbolicLink' | 'Link', linkpath: string): TarEntry[] => [
  LAYOUT,
  bad,
  { path: 'evil', type, linkpath },
];

/** An image layout in a folder, with a manifest that is a sparse file. */
async function putLargeManifest(name: string): Promise<void> {
  const digest = digestOf(Buffer.from('a large manifest'));
  const size = 100_000_000;
  const blob = join(folder.path, name, 'blobs', digest.replace(':', '/'));
  await put(`${name}/${LAYOUT.path}`, LAYOUT.content);
  await put(`${name}/index.json`, list(named('quay.io/team/bad:v1', { digest, size })).content);
  await mkdir(dirname(blob), { recursive: true });
  await using file = await open(blob, 'w');
  await file.truncate(size);
}

async function putFolderWithLink(name: string): Promise<void> {
  await put(`${name}/${LAYOUT.path}`, LAYOUT.content);
  await put(`${name}/index.json`, bad.content);
  await symlink('/etc', join(folder.path, name, 'blobs'));
}

const [layer = GOOD.top] = layersOf(BAD);
const flipped = (entry: TarEntry): TarEntry =>
  entry.path.endsWith(layer.digest.slice(7))
    ? { ...entry, content: Buffer.alloc(layer.bytes.length, 'x') }
    : entry;
const longRecord = (bytes: number) => paxRecord('path', 'x'.repeat(bytes));

test.each<[string, (name: string) => Promise<void>, string]>([
  ['a path upwards', tar([LAYOUT, bad, { path: '../evil', content: 'x' }]), 'leaves the archive'],
  ['a path from the root', tar([{ path: '/bundles/evil', content: 'x' }]), 'leaves the archive'],
  [
    'a symbolic link out of it',
    tar(link('SymbolicLink', '../../etc/passwd')),
    'the link evil leaves',
  ],
  ['a hard link out of it', tar(link('Link', '/etc/passwd')), 'the link evil leaves'],
  ['a device', tar([LAYOUT, bad, { path: 'evil', type: 'CharacterDevice' }]), 'neither a file nor'],
  ['a link in a folder', putFolderWithLink, 'links are refused'],
  ['a wrong blob', tar([LAYOUT, bad, ...blobsOf(BAD).map(flipped)]), 'are not its own'],
  ['a million images', tar([LAYOUT, list(`${'{},'.repeat(1_000_000)}{}`)]), '1000001 images'],
  ['lists in lists', tar([LAYOUT, list('['.repeat(10 * MIB))]), 'deeper than'],
  ['a manifest of 100 MB', putLargeManifest, 'a manifest of 100000000 bytes'],
  ['two lists', tar([LAYOUT, bad, ...blobsOf(BAD), bad]), 'two files with the name index.json'],
  [
    'a file of 8 GB that is not there',
    tar([LAYOUT, bad, { path: 'evil', content: 'x', toldBytes: 8_000_000_000 }]),
    'the tar is cut in evil',
  ],
  [
    'a header of 50 MB',
    tar([{ path: 'pax', type: 'ExtendedHeader', content: longRecord(50 * MIB) }, LAYOUT, bad]),
    'an extended header of',
  ],
  [
    'a name of 60 KB',
    tar([{ path: 'pax', type: 'ExtendedHeader', content: longRecord(60_000) }, LAYOUT, bad]),
    'a name of more than 4096 bytes',
  ],
  [
    'compressed zeros without an end',
    (name) => put(name, gzipSync(Buffer.alloc(400 * MIB), { level: 1 })),
    'for which there is no room',
  ],
])(
  'a bundle with %s is refused with a word, and nothing of it stays',
  async (title, make, word) => {
    const name = title.replaceAll(' ', '-');
    await make(name);
    const before = await listAll();
    const { exitCode, stdout, stderr, peakMib } = await importMeasured(name);
    expect([exitCode, stdout + stderr]).toEqual([1, expect.stringContaining(word)]);
    expect(await listAll()).toEqual(before);
    expect(peakMib).toBeLessThan(usualMib + 100);
    await pullTargets(far, listTargets('quay.io', 'team/good', 'v1', GOOD));
  },
);

/** All files of the store and beside it, and those of the container that are called as ours. */
async function listAll(): Promise<string[][]> {
  const found = await far.exec(['find', '/', '-xdev', '-name', 'evil*'], { user: '0' });
  return [
    await listFiles(far.storeDir),
    await listFiles(folder.path),
    found.stdout.split('\n').sort(),
  ];
}

/** Without records of what was done. It follows no link. */
async function listFiles(dir: string): Promise<string[]> {
  return (
    await runOrThrow('find', [dir, '-not', '-path', '*/audit/*', '-not', '-path', '*/jobs/*'])
  )
    .split('\n')
    .sort();
}
