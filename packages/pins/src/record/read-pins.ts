import { type Dirent, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestPinFile,
  digestPinsDir,
  isDigest,
  isTag,
  pinsDir,
  tagPinFile,
  tagPinsDir,
} from '@registry-cache/domain';
import { isMissing, readQuietly } from '@registry-cache/runtime';
import { type BrokenPin, isFrozen, type Pin, type PinReference, parsePin } from './pin.ts';
import { createSlices, type Rests } from './slices.ts';

/** Pins of a store, by upstream, repository and then tag or digest. */
export interface Pins {
  readonly pins: readonly Pin[];
  readonly broken: readonly BrokenPin[];
  /** Folders that cannot be read, so that unknown pins may be in them. */
  readonly unreadable: readonly UnreadableFolder[];
}

export interface UnreadableFolder {
  readonly directory: string;
  readonly problem: string;
}

/** A repository that has a folder for pins. */
export interface PinnedRepository {
  readonly upstreamId: string;
  readonly repository: string;
}

const MAX_PIN_BYTES = 16 * 1024;

/** Reads all pins. It never throws: what cannot be read is a part of the answer. */
export async function readPins(store: string): Promise<Pins> {
  const found = { pins: [] as Pin[], broken: [] as BrokenPin[] };
  const unreadable: UnreadableFolder[] = [];
  const rests = createSlices();
  for (const place of listPinnedRepositories(store, unreadable)) {
    if (rests.due()) await rests.rest();
    const { pins, broken } = await readRepositoryPins(store, place, unreadable, rests);
    for (const pin of pins) found.pins.push(pin);
    for (const pin of broken) found.broken.push(pin);
  }
  return { ...found, unreadable };
}

/**
 * Finds the pin of a tag, by one look at the disk.
 *
 * @returns undefined for a tag without a pin.
 */
export async function findPin(
  store: string,
  upstreamId: string,
  repository: string,
  tag: string,
): Promise<Pin | BrokenPin | undefined> {
  const file = tagPinFile(store, upstreamId, repository, tag);
  return readPinFile(file, { upstreamId, repository, tag });
}

/** The same for a digest. */
export async function findDigestPin(
  store: string,
  upstreamId: string,
  repository: string,
  digest: string,
): Promise<Pin | BrokenPin | undefined> {
  const file = digestPinFile(store, upstreamId, repository, digest);
  return readPinFile(file, { upstreamId, repository, digest });
}

async function readPinFile(
  file: string,
  reference: PinReference,
): Promise<Pin | BrokenPin | undefined> {
  try {
    return toPin(await readFile(file, 'utf8'), file, reference);
  } catch (error) {
    return isMissing(error) ? undefined : { ...reference, file, problem: codeOf(error) };
  }
}

/** The frozen tags of a repository. A tag with a broken pin may be one, so it is among them. */
export async function listFrozenTags(
  store: string,
  upstreamId: string,
  repository: string,
): Promise<string[]> {
  const place = { upstreamId, repository };
  const { pins, broken } = await readRepositoryPins(store, place, [], createSlices());
  return [...pins.filter(isFrozen), ...broken].flatMap(({ tag }) => tag ?? []);
}

/** The pins of a repository's digests. One that cannot be read is left out. */
export async function listDigestPins(
  store: string,
  upstreamId: string,
  repository: string,
): Promise<Pin[]> {
  const place = { upstreamId, repository };
  const { pins } = await readRepositoryPins(store, place, [], createSlices());
  return pins.filter(({ tag }) => tag === undefined);
}

/** Lists the repositories that have a folder for pins, in order. Adds folders to `unreadable`. */
export function* listPinnedRepositories(
  store: string,
  unreadable: UnreadableFolder[],
): Generator<PinnedRepository> {
  for (const { name } of listFolders(pinsDir(store), unreadable)) {
    yield* listBelow(store, name, '', unreadable);
  }
}

/** Reads the pins of one repository. Adds folders to `unreadable`. */
export async function readRepositoryPins(
  store: string,
  { upstreamId, repository }: PinnedRepository,
  unreadable: UnreadableFolder[],
  rests: Rests,
): Promise<Omit<Pins, 'unreadable'>> {
  const pins: Pin[] = [];
  const broken: BrokenPin[] = [];
  const readAll = async (
    directory: string,
    parse: (stem: string) => { tag: string } | { digest: string } | undefined,
  ) => {
    for (const { name } of listSorted(directory, unreadable)) {
      if (rests.due()) await rests.rest();
      const named = name.endsWith('.json') ? parse(name.slice(0, -'.json'.length)) : undefined;
      if (named === undefined) continue;
      const pin = readPin(join(directory, name), { upstreamId, repository, ...named });
      if (pin === undefined) continue;
      if ('problem' in pin) broken.push(pin);
      else pins.push(pin);
    }
  };
  await readAll(digestPinsDir(store, upstreamId, repository), (stem) => {
    const digest = stem.replace('-', ':');
    return isDigest(digest) ? { digest } : undefined;
  });
  await readAll(tagPinsDir(store, upstreamId, repository), (tag) =>
    isTag(tag) ? { tag } : undefined,
  );
  return { pins, broken };
}

function* listBelow(
  store: string,
  upstreamId: string,
  parent: string,
  unreadable: UnreadableFolder[],
): Generator<PinnedRepository> {
  const names = listFolders(join(pinsDir(store), upstreamId, parent), unreadable);
  for (const { name } of names.filter(({ name }) => !name.startsWith('_'))) {
    yield* listBelow(store, upstreamId, join(parent, name), unreadable);
  }
  if (names.some(({ name }) => name.startsWith('_'))) yield { upstreamId, repository: parent };
}

function readPin(file: string, reference: PinReference): Pin | BrokenPin | undefined {
  try {
    return toPin(readQuietly(file, MAX_PIN_BYTES).toString('utf8'), file, reference);
  } catch (error) {
    return isMissing(error) ? undefined : { ...reference, file, problem: codeOf(error) };
  }
}

function toPin(text: string, file: string, reference: PinReference): Pin | BrokenPin {
  const pin = parsePin(text, reference);
  return typeof pin === 'string' ? { ...reference, file, problem: pin } : pin;
}

/**
 * The folders in a directory, and the files in place of folders for pins. A link is no folder of
 * ours, and may hide pins.
 */
function listFolders(directory: string, unreadable: UnreadableFolder[]): Dirent[] {
  const entries = listSorted(directory, unreadable);
  for (const entry of entries.filter((entry) => entry.isSymbolicLink())) {
    unreadable.push({ directory: join(directory, entry.name), problem: 'is a link' });
  }
  return entries.filter((entry) => entry.isDirectory() || entry.name.startsWith('_'));
}

/** The entries by their names; none in a missing directory. */
function listSorted(directory: string, unreadable: UnreadableFolder[]): Dirent[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    const problem = codeOf(error);
    if (problem !== 'ENOENT') unreadable.push({ directory, problem });
    return [];
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
