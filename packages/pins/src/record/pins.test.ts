import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestPinFile, pinsDir, tagPinFile } from '@registry-cache/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFrozen, type Pin } from './pin.ts';
import { findDigestPin, findPin, readPins } from './read-pins.ts';
import { addPin, InvalidPinError, removePin } from './write-pins.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const TAGGED: Pin = {
  upstreamId: 'quay.io',
  repository: 'coreos/etcd',
  tag: 'v3.1',
  digest: DIGEST,
  why: 'mirrored',
  by: 'alice',
  since: '2026-11-30T02:00:00.000Z',
};
const BY_DIGEST: Pin = {
  upstreamId: 'docker.io',
  repository: 'library/mariadb',
  digest: OTHER,
  why: 'pin',
  by: 'operator',
  since: '2026-11-30T02:00:00.000Z',
};

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'pins-'));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

describe('a store with pins', () => {
  it('gives back what was added, by upstream and repository', async () => {
    await addPin(store, TAGGED);
    await addPin(store, BY_DIGEST);
    expect(await readPins(store)).toEqual({
      pins: [BY_DIGEST, TAGGED],
      broken: [],
      unreadable: [],
    });
  });

  it('finds the pin of a tag, and none for another tag, repository or upstream', async () => {
    await addPin(store, TAGGED);
    expect(await findPin(store, 'quay.io', 'coreos/etcd', 'v3.1')).toEqual(TAGGED);
    expect(await findPin(store, 'quay.io', 'coreos/etcd', 'v3.2')).toBeUndefined();
    expect(await findPin(store, 'quay.io', 'coreos/etc', 'v3.1')).toBeUndefined();
    expect(await findPin(store, 'ghcr.io', 'coreos/etcd', 'v3.1')).toBeUndefined();
  });

  it('finds the pin of a digest, and none for the digest of a pinned tag', async () => {
    await addPin(store, TAGGED);
    await addPin(store, BY_DIGEST);
    expect(await findDigestPin(store, 'docker.io', 'library/mariadb', OTHER)).toEqual(BY_DIGEST);
    expect(await findDigestPin(store, 'quay.io', 'coreos/etcd', DIGEST)).toBeUndefined();
  });

  it('has one pin for a tag: the last one added', async () => {
    await addPin(store, TAGGED);
    await addPin(store, { ...TAGGED, digest: OTHER, why: 'import' });
    const { pins } = await readPins(store);
    expect(pins).toEqual([{ ...TAGGED, digest: OTHER, why: 'import' }]);
  });

  it('tells a digest from a tag of the same spelling', async () => {
    const tag = BY_DIGEST.digest.replace(':', '-');
    await addPin(store, { ...BY_DIGEST, tag });
    await addPin(store, BY_DIGEST);
    const { pins } = await readPins(store);
    expect(pins).toEqual([BY_DIGEST, { ...BY_DIGEST, tag }]);
  });

  it('has repositories below one another', async () => {
    const below = { ...TAGGED, repository: 'coreos/etcd/tools' };
    await addPin(store, TAGGED);
    await addPin(store, below);
    const { pins } = await readPins(store);
    expect(pins).toEqual([below, TAGGED]);
  });

  it('has none while its folder is missing', async () => {
    expect(await readPins(store)).toEqual({ pins: [], broken: [], unreadable: [] });
  });
});

describe('a removed pin', () => {
  it('is gone, with the folders that it leaves empty', async () => {
    await addPin(store, TAGGED);
    await addPin(store, BY_DIGEST);
    expect(await removePin(store, TAGGED)).toBe(true);
    expect((await readPins(store)).pins).toEqual([BY_DIGEST]);
    expect(readdirSync(pinsDir(store))).toEqual(['docker.io']);
  });

  it('was none if nothing was pinned', async () => {
    expect(await removePin(store, TAGGED)).toBe(false);
  });
});

describe('a pin file that is broken', () => {
  const file = () => tagPinFile(store, 'quay.io', 'coreos/etcd', 'v3.1');
  const broken = { upstreamId: 'quay.io', repository: 'coreos/etcd', tag: 'v3.1' };

  it.each([
    ['{"digest":', 'not a JSON object (10 characters)'],
    ['', 'not a JSON object (0 characters)'],
    ['null', 'digest: not a digest'],
    ['[]', 'not a JSON object (2 characters)'],
    [`{"digest":"${DIGEST}","why":"love"}`, 'why: accepted are pin, warm, mirrored, import'],
    [`{"digest":"sha256:12","why":"pin"}`, 'digest: not a digest'],
    [`{"digest":"${DIGEST}","why":"pin","by":1}`, 'by: not a text'],
    [`{"digest":"${DIGEST}","why":"pin","by":"a","since":"then"}`, 'since: not a time'],
  ])('is named with what it is about: %s', async (text, problem) => {
    await addPin(store, TAGGED);
    await addPin(store, BY_DIGEST);
    writeFileSync(file(), text);
    expect(await readPins(store)).toEqual({
      pins: [BY_DIGEST],
      broken: [{ ...broken, file: file(), problem }],
      unreadable: [],
    });
    expect(await findPin(store, 'quay.io', 'coreos/etcd', 'v3.1')).toEqual({
      ...broken,
      file: file(),
      problem,
    });
  });

  it('is one whose digest is not that of its name', async () => {
    const path = digestPinFile(store, 'docker.io', 'library/mariadb', DIGEST);
    await addPin(store, BY_DIGEST);
    writeFileSync(path, readFileSync(path.replace(/a{64}/, 'b'.repeat(64))));
    const { upstreamId, repository } = BY_DIGEST;
    expect((await readPins(store)).broken).toEqual([
      {
        upstreamId,
        repository,
        digest: DIGEST,
        file: path,
        problem: "digest: not the one of the file's name",
      },
    ]);
  });

  it('is one that is a folder', async () => {
    mkdirSync(file(), { recursive: true });
    expect((await readPins(store)).broken).toMatchObject([broken]);
    expect(await findPin(store, 'quay.io', 'coreos/etcd', 'v3.1')).toMatchObject(broken);
  });

  it('can be removed', async () => {
    await addPin(store, TAGGED);
    writeFileSync(file(), '');
    expect(await removePin(store, broken)).toBe(true);
    expect((await readPins(store)).broken).toEqual([]);
  });

  it('is none if it is a half-written file of another name', async () => {
    await addPin(store, TAGGED);
    writeFileSync(`${file()}.0123456789ab.tmp`, '{');
    expect(await readPins(store)).toEqual({ pins: [TAGGED], broken: [], unreadable: [] });
  });
});

it('names a folder of pins that is no folder', async () => {
  writeFileSync(pinsDir(store), '');
  const directory = pinsDir(store);
  expect((await readPins(store)).unreadable).toEqual([{ directory, problem: 'ENOTDIR' }]);
});

it('names a file in place of a folder of pins', async () => {
  const directory = dirname(tagPinFile(store, 'quay.io', 'coreos/etcd', 'v3.1'));
  mkdirSync(dirname(directory), { recursive: true });
  writeFileSync(directory, '');
  expect((await readPins(store)).unreadable).toEqual([{ directory, problem: 'ENOTDIR' }]);
});

it('names a link in place of a folder of pins', async () => {
  mkdirSync(pinsDir(store));
  symlinkSync(store, join(pinsDir(store), 'quay.io'));
  const directory = join(pinsDir(store), 'quay.io');
  expect((await readPins(store)).unreadable).toEqual([{ directory, problem: 'is a link' }]);
});

it.each([
  ['../x', 'coreos/etcd', 'v3.1', DIGEST],
  ['quay.io', '../etcd', 'v3.1', DIGEST],
  ['quay.io', 'coreos/etcd', '../v3.1', DIGEST],
  ['quay.io', 'coreos/etcd', 'v3.1', 'sha256:12'],
])('refuses a pin of %s, %s, %s, %s', async (upstreamId, repository, tag, digest) => {
  const pin = { ...TAGGED, upstreamId, repository, tag, digest };
  await expect(addPin(store, pin)).rejects.toThrow(InvalidPinError);
});

it.each([
  ['mirrored', 'v3.1', true],
  ['import', 'v3.1', true],
  ['pin', 'v3.1', false],
  ['warm', 'v3.1', false],
  ['mirrored', undefined, false],
] as const)('a pin by %s of tag %s is frozen: %s', (why, tag, frozen) => {
  expect(isFrozen({ ...TAGGED, why, tag })).toBe(frozen);
});
