import { isDigest, MAX_MANIFEST_BYTES, splitDigest } from '@registry-cache/domain';
import { type Archive, type ArchiveFile, readSmall } from '../archive/archive.ts';
import { hashOf } from '../layout/bundle-manifest.ts';
import { parseImageName } from '../layout/image-name.ts';
import { DOCKER_FILE } from '../layout/layout-files.ts';
import { MAX_IMAGES } from '../limits.ts';
import { BundleError } from '../problem.ts';
import type { BundleContents, ContentImage } from './contents.ts';

/** The file by which a folder of skopeo's `dir:` is known. */
const VERSION_FILE = 'version';
const VERSION_TEXT = 'Directory Transport Version: ';
/** The manifest of the folder has the name that docker gives to its list. */
const MANIFEST_FILE = DOCKER_FILE;
const CHILD_END = '.manifest.json';

/** The folders of skopeo's `dir:` in an archive. A folder at its top has the name ''. */
export async function findDirFolders(archive: Archive): Promise<string[]> {
  const folders: string[] = [];
  for (const { name, sizeBytes } of archive.files.values()) {
    const folder = folderOf(name, VERSION_FILE);
    if (folder === undefined || sizeBytes > 256) continue;
    const text = (await readSmall(archive, name, 256))?.toString() ?? '';
    const hasManifest = archive.files.has(`${below(folder)}${MANIFEST_FILE}`);
    if (text.startsWith(VERSION_TEXT) && hasManifest) folders.push(folder);
  }
  return folders.sort();
}

/**
 * Reads what `skopeo copy` and `skopeo sync` write as `dir:`: a folder for each image, whose path is
 * its name with `sync --scoped`.
 */
export async function readDirTree(
  archive: Archive,
  folders: readonly string[],
): Promise<BundleContents> {
  if (folders.length > MAX_IMAGES) {
    throw new BundleError(
      archive.place,
      `${folders.length} images; at most ${MAX_IMAGES} are read`,
    );
  }
  const blobs = new Map<string, ArchiveFile>();
  for (const file of archive.files.values()) {
    const digest = toDigest(file.name.slice(file.name.lastIndexOf('/') + 1));
    if (digest !== undefined && !blobs.has(digest)) blobs.set(digest, file);
  }
  const images: ContentImage[] = [];
  for (const folder of folders) {
    const name = `${below(folder)}${MANIFEST_FILE}`;
    const file = archive.files.get(name);
    const bytes = await readSmall(archive, name, MAX_MANIFEST_BYTES);
    if (bytes === undefined || file === undefined) {
      throw new BundleError(`${archive.place}: ${name}`, `over ${MAX_MANIFEST_BYTES} bytes`);
    }
    const digest = hashOf(bytes);
    blobs.set(digest, file);
    images.push({
      name: parseImageName(folder),
      label: folder,
      digest,
      missingPlatforms: undefined,
    });
  }
  return {
    place: archive.place,
    images,
    findBlob(digest) {
      const file = blobs.get(digest);
      return file && { sizeBytes: file.sizeBytes, stream: () => archive.stream(file) };
    },
  };
}

/** Blobs have the digits of their digest as names, and `sha512-…` for other algorithms. */
function toDigest(name: string): string | undefined {
  const digits = name.endsWith(CHILD_END) ? name.slice(0, -CHILD_END.length) : name;
  const digest = digits.includes('-') ? digits.replace('-', ':') : `sha256:${digits}`;
  return isDigest(digest) && splitDigest(digest).hex !== '' ? digest : undefined;
}

function below(folder: string): string {
  return folder === '' ? '' : `${folder}/`;
}

/** The folder of a file with this name; undefined for any other file. */
function folderOf(path: string, name: string): string | undefined {
  if (path === name) return '';
  return path.endsWith(`/${name}`) ? path.slice(0, -name.length - 1) : undefined;
}
