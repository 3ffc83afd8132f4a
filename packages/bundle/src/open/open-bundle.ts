import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Archive, readSmall } from '../archive/archive.ts';
import {
  type ByteSource,
  joinSources,
  openFileSource,
  streamRange,
} from '../archive/byte-source.ts';
import { openFolderArchive } from '../archive/folder-archive.ts';
import { compressionOf, type SpoolOptions, spool } from '../archive/spool.ts';
import { openTarArchive } from '../archive/tar-archive.ts';
import { type CheckedManifest, readCheckedManifest } from '../formats/checked-manifest.ts';
import type { BundleContents } from '../formats/contents.ts';
import { readContents } from '../formats/read-contents.ts';
import { hashOf } from '../layout/bundle-manifest.ts';
import { INDEX_FILE } from '../layout/layout-files.ts';
import { MAX_INDEX_BYTES } from '../limits.ts';
import { BundleError } from '../problem.ts';

export interface OpenBundle {
  readonly contents: BundleContents;
  /** Of the manifest of a bundle of ours; undefined for those of others. */
  readonly digest: string | undefined;
  close(): Promise<void>;
}

/** Where the bytes of a stream, or of a compressed file, are kept meanwhile. */
export type SpoolPlace = Omit<SpoolOptions, 'place'>;

/**
 * Opens a bundle of any form for reading: a folder, a tar, a compressed tar, or a stream of one.
 * @throws BundleError for one of no known form, and for one of ours that lacks a part.
 */
export async function openBundle(
  path: string,
  spoolPlace: SpoolPlace,
  input?: AsyncIterable<Buffer>,
): Promise<OpenBundle> {
  if (input !== undefined) {
    return finish(await openTar(path, await spool(input, { ...spoolPlace, place: path })));
  }
  if (!(await stat(path)).isDirectory()) return finish(await openFile(path, spoolPlace));
  const folder = await openFolderArchive(path);
  const checked = await readCheckedManifest(folder);
  if (checked?.manifest.parts === undefined) return finish(folder, checked);
  return finish(await openParts(path, folder, checked), checked);
}

async function finish(archive: Archive, known?: CheckedManifest): Promise<OpenBundle> {
  try {
    const checked = known ?? (await readCheckedManifest(archive));
    if (checked !== undefined) await checkIndex(archive, checked);
    const contents = await readContents(archive);
    return { contents, digest: checked?.digest, close: () => archive.close() };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** All other files have their digests in this one, or in files that it names. */
async function checkIndex(archive: Archive, { manifest }: CheckedManifest): Promise<void> {
  const wanted = manifest.files.find(({ name }) => name === INDEX_FILE);
  const bytes = await readSmall(archive, INDEX_FILE, MAX_INDEX_BYTES);
  if (bytes === undefined || hashOf(bytes) !== wanted?.digest) {
    throw new BundleError(`${archive.place}: ${INDEX_FILE}`, 'it is not that of bundle.json');
  }
}

async function openTar(path: string, source: ByteSource): Promise<Archive> {
  try {
    return await openTarArchive(path, source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openFile(path: string, spoolPlace: SpoolPlace): Promise<Archive> {
  const source = await openFileSource(path);
  const start = Buffer.alloc(4);
  await source.read(start, 0);
  if (compressionOf(start) === undefined) return openTar(path, source);
  try {
    const pieces = streamRange(source, 0, source.sizeBytes);
    return await openTar(path, await spool(pieces, { ...spoolPlace, place: path }));
  } finally {
    await source.close();
  }
}

/** The parts together are one tar. */
async function openParts(
  path: string,
  folder: Archive,
  { manifest }: CheckedManifest,
): Promise<Archive> {
  const parts = manifest.parts?.files ?? [];
  const wrong = parts.filter(
    ({ name, size, digest }) => digest === undefined || folder.files.get(name)?.sizeBytes !== size,
  );
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(' ');
    throw new BundleError(path, `missing, cut or not made yet: ${names}`);
  }
  const sources: ByteSource[] = [];
  try {
    for (const { name } of parts) sources.push(await openFileSource(join(path, name)));
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    throw error;
  }
  return openTar(path, joinSources(sources));
}
