import { Header } from 'tar/header';
import { Pax } from 'tar/pax';
import { BUNDLE_MANIFEST, BUNDLE_SUM } from '../layout/bundle-manifest.ts';
import { DOCKER_FILE, INDEX_FILE, LAYOUT_FILE } from '../layout/layout-files.ts';
import {
  MAX_ENTRIES,
  MAX_NAME_BYTES,
  MAX_NAMES_BYTES,
  MAX_TAR_EXTENSION_BYTES,
  MAX_TAR_HEADERS,
} from '../limits.ts';
import { BundleError } from '../problem.ts';
import type { Archive, ArchiveFile } from './archive.ts';
import { type ByteSource, streamRange } from './byte-source.ts';
import { normalizeName, resolveLink } from './entry-name.ts';

const BLOCK = 512;
/** A link to a link to …: archives for docker have one step. */
const MAX_STEPS = 8;

/** What the entries before a file say of it. */
interface Extension {
  path?: string;
  linkpath?: string;
  size?: number;
}

/**
 * Reads the list of a tar's files. It reads the headers only, and nothing is unpacked. A link counts
 * where it leads to a file of the same tar.
 * @throws BundleError for a tar that is cut, damaged or hostile.
 */
export async function openTarArchive(place: string, source: ByteSource): Promise<Archive> {
  const files = new Map<string, ArchiveFile>();
  const links = new Map<string, string>();
  let nameBytes = 0;
  for await (const { name, link, start, sizeBytes } of readEntries(place, source)) {
    nameBytes += name.length + (link?.length ?? 0);
    if (files.size + links.size >= MAX_ENTRIES || nameBytes > MAX_NAMES_BYTES) {
      throw new BundleError(place, `more than ${MAX_ENTRIES} files, or very long names`);
    }
    if (link !== undefined) links.set(name, link);
    else addFile(place, files, { name, sizeBytes, start });
  }
  for (const [name] of links) {
    const file = follow(name, links, files);
    if (file !== undefined && !files.has(name)) files.set(name, { ...file, name });
  }
  return {
    place,
    files,
    stream: ({ start, sizeBytes }) => streamRange(source, start, sizeBytes),
    close: () => source.close(),
  };
}

/** Files that tell what is in the others. */
const LISTS = new Set([BUNDLE_MANIFEST, BUNDLE_SUM, LAYOUT_FILE, INDEX_FILE, DOCKER_FILE]);

/**
 * Some writers repeat a blob, and the first one counts. Programs that unpack a tar keep the last
 * one. So a second file that may be another one is refused.
 */
function addFile(place: string, files: Map<string, ArchiveFile>, file: ArchiveFile): void {
  const known = files.get(file.name);
  if (known === undefined) files.set(file.name, file);
  else if (known.sizeBytes !== file.sizeBytes || LISTS.has(file.name)) {
    throw new BundleError(place, `two files with the name ${file.name}`);
  }
}

interface TarEntry {
  readonly name: string;
  /** The name that a link leads to. */
  readonly link: string | undefined;
  readonly start: number;
  readonly sizeBytes: number;
}

async function* readEntries(place: string, source: ByteSource): AsyncGenerator<TarEntry> {
  const block = Buffer.alloc(BLOCK);
  let extension: Extension = {};
  let position = 0;
  for (let headers = 0; ; headers += 1) {
    if (headers > MAX_TAR_HEADERS) {
      throw new BundleError(place, `more than ${MAX_TAR_HEADERS} headers`);
    }
    const read = await source.read(block, position);
    // Some writers leave out the empty blocks at the end.
    if (read === 0 && position > 0) return;
    if (read < BLOCK && position === 0) {
      throw new BundleError(place, `${read} bytes are too few for a tar`);
    }
    if (read < BLOCK) throw new BundleError(place, 'the tar is cut');
    const header = new Header(block, 0, extension);
    if (header.nullBlock) return;
    if (!header.cksumValid) throw new BundleError(place, `no tar header at byte ${position}`);
    const names = [header.path, header.linkpath];
    if (names.some((name) => (name?.length ?? 0) > MAX_NAME_BYTES)) {
      throw new BundleError(place, `a name of more than ${MAX_NAME_BYTES} bytes`);
    }
    const start = position + BLOCK;
    const sizeBytes = header.size ?? 0;
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw new BundleError(place, `an entry of no possible size at byte ${position}`);
    }
    const end = start + sizeBytes;
    if (end > source.sizeBytes) throw new BundleError(place, `the tar is cut in ${header.path}`);
    position = start + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    const more = await readExtension(place, source, header, start, sizeBytes);
    if (more !== undefined) {
      extension = { ...extension, ...more };
      continue;
    }
    extension = {};
    const entry = toEntry(place, header, start, sizeBytes);
    if (entry !== undefined) yield entry;
  }
}

/** Undefined for a folder. */
function toEntry(
  place: string,
  header: Header,
  start: number,
  sizeBytes: number,
): TarEntry | undefined {
  const path = header.path ?? '';
  const name = normalizeName(path);
  if (name === undefined) throw new BundleError(place, `the entry ${path} leaves the archive`);
  switch (header.type) {
    case 'Directory':
    case 'GNUDumpDir':
      return undefined;
    case 'File':
    case 'OldFile':
    case 'ContiguousFile':
      // Before POSIX, a name with a slash at its end was a folder.
      return path.endsWith('/') ? undefined : { name, link: undefined, start, sizeBytes };
    case 'SymbolicLink':
    case 'Link': {
      const target = header.linkpath ?? '';
      const link = header.type === 'Link' ? normalizeName(target) : resolveLink(name, target);
      if (link === undefined) {
        throw new BundleError(place, `the link ${path} leaves the archive`);
      }
      return { name, link, start, sizeBytes: 0 };
    }
    default:
      throw new BundleError(place, `${path} is neither a file nor a folder`);
  }
}

/** The extended headers of POSIX, and the long names of GNU. Undefined for any other entry. */
async function readExtension(
  place: string,
  source: ByteSource,
  { type }: Header,
  start: number,
  sizeBytes: number,
): Promise<Extension | undefined> {
  const isPax = type === 'ExtendedHeader' || type === 'OldExtendedHeader';
  const isLong = type === 'NextFileHasLongPath' || type === 'NextFileHasLongLinkpath';
  if (!isPax && !isLong && type !== 'GlobalExtendedHeader') return undefined;
  if (sizeBytes > MAX_TAR_EXTENSION_BYTES) {
    throw new BundleError(place, `an extended header of ${sizeBytes} bytes`);
  }
  const bytes = Buffer.alloc(sizeBytes);
  await source.read(bytes, start);
  if (isLong) {
    const name = bytes.toString('utf8').replace(/\0.*$/s, '');
    return type === 'NextFileHasLongPath' ? { path: name } : { linkpath: name };
  }
  // Nothing that counts here may stand for all files.
  if (!isPax) return {};
  const { path, linkpath, size } = Pax.parse(bytes.toString('utf8'));
  return {
    ...(path !== undefined && { path }),
    ...(linkpath !== undefined && { linkpath }),
    ...(size !== undefined && { size }),
  };
}

function follow(
  name: string,
  links: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, ArchiveFile>,
): ArchiveFile | undefined {
  let at: string | undefined = name;
  for (let step = 0; step < MAX_STEPS && at !== undefined; step += 1) {
    const file = files.get(at);
    if (file !== undefined) return file;
    at = links.get(at);
  }
  return undefined;
}
