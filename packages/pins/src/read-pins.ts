import { type Dirent, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  digestPinsDir,
  isDigest,
  isTag,
  pinsDir,
  tagPinFile,
  tagPinsDir,
} from '@registry-cache/domain';
import { isMissing, readQuietly } from '@registry-cache/runtime';
import { type BrokenPin, type Pin, type PinReference, parsePin } from './pin.ts';

/** All pins of a store, by upstream, repository and then tag or digest. */
export interface Pins {
  readonly pins: readonly Pin[];
  readonly broken: readonly BrokenPin[];
  /** Folders that cannot be read, so that unknown pins may be in them. */
  readonly unreadable: readonly UnreadableFolder[];
}

interface UnreadableFolder {
  readonly directory: string;
  readonly problem: string;
}

const MAX_PIN_BYTES = 16 * 1024;
const SLICE_MS = 5;

/**
 * Reads all pins. Other programs go on between slices of some milliseconds. It never throws: what
 * cannot be read is a part of the answer.
 */
export async function readPins(store: string): Promise<Pins> {
  const pins: Pin[] = [];
  const broken: BrokenPin[] = [];
  const unreadable: UnreadableFolder[] = [];
  let sinceMs = performance.now();
  for (const { file, reference } of walkPins(store, unreadable)) {
    if (performance.now() - sinceMs > SLICE_MS) {
      await setImmediate();
      sinceMs = performance.now();
    }
    const pin = readPin(file, reference);
    if (pin === undefined) continue;
    if ('problem' in pin) broken.push(pin);
    else pins.push(pin);
  }
  return { pins, broken, unreadable };
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
  const reference = { upstreamId, repository, tag };
  try {
    return toPin(await readFile(file, 'utf8'), file, reference);
  } catch (error) {
    return isMissing(error) ? undefined : { ...reference, file, problem: codeOf(error) };
  }
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

interface PinFile {
  readonly file: string;
  readonly reference: PinReference;
}

function* walkPins(store: string, unreadable: UnreadableFolder[]): Generator<PinFile> {
  const list = (directory: string) => listSorted(directory, unreadable);
  function* walkRepositories(upstreamId: string, repository: string): Generator<PinFile> {
    const directory = join(pinsDir(store), upstreamId, repository);
    for (const name of listFolders(directory, unreadable)) {
      if (!name.startsWith('_')) yield* walkRepositories(upstreamId, join(repository, name));
    }
    for (const { name } of list(digestPinsDir(store, upstreamId, repository))) {
      const digest = stem(name)?.replace('-', ':') ?? '';
      const file = join(digestPinsDir(store, upstreamId, repository), name);
      if (isDigest(digest)) yield { file, reference: { upstreamId, repository, digest } };
    }
    for (const { name } of list(tagPinsDir(store, upstreamId, repository))) {
      const tag = stem(name) ?? '';
      const file = join(tagPinsDir(store, upstreamId, repository), name);
      if (isTag(tag)) yield { file, reference: { upstreamId, repository, tag } };
    }
  }
  for (const id of listFolders(pinsDir(store), unreadable)) yield* walkRepositories(id, '');
}

/** The names of the folders in a directory. A link is no folder of ours, and may hide pins. */
function listFolders(directory: string, unreadable: UnreadableFolder[]): string[] {
  const entries = listSorted(directory, unreadable);
  for (const entry of entries.filter((entry) => entry.isSymbolicLink())) {
    unreadable.push({ directory: join(directory, entry.name), problem: 'is a link' });
  }
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
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

/** The name without `.json`; undefined for other files, such as a half-written one. */
function stem(name: string): string | undefined {
  return name.endsWith('.json') ? name.slice(0, -'.json'.length) : undefined;
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
