import { Header } from 'tar/header';

const BLOCK = 512;
/** Two empty blocks end a tar. Source: POSIX.1-2017, "pax", "ustar Interchange Format". */
const END = Buffer.alloc(2 * BLOCK);

/** A file of a tar. */
export interface TarFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** A piece of a tar: bytes that its list tells, or the bytes of a file. */
export interface TarSegment<F extends TarFile> {
  /** In the tar, in bytes. */
  readonly start: number;
  readonly sizeBytes: number;
  readonly content: Buffer | F;
}

/**
 * The tar of these files, piece by piece. The same list makes the same bytes at any time, so that a
 * part of a tar can be made again alone.
 */
export function* layOutTar<F extends TarFile>(files: Iterable<F>): Generator<TarSegment<F>> {
  let start = 0;
  const segment = (content: Buffer | F): TarSegment<F> => {
    const sizeBytes = Buffer.isBuffer(content) ? content.length : content.sizeBytes;
    const made = { start, sizeBytes, content };
    start += sizeBytes;
    return made;
  };
  for (const file of files) {
    yield segment(formatHeader(file));
    if (file.sizeBytes > 0) yield segment(file);
    const padding = -file.sizeBytes & (BLOCK - 1);
    if (padding > 0) yield segment(Buffer.alloc(padding));
  }
  yield segment(END);
}

/** The size in bytes of the tar of these files. */
export function tarSize(files: readonly TarFile[]): number {
  const sizes = files.map(({ sizeBytes }) => BLOCK + Math.ceil(sizeBytes / BLOCK) * BLOCK);
  return sizes.reduce((sum, size) => sum + size, END.length);
}

function formatHeader({ name, sizeBytes }: TarFile): Buffer {
  const block = Buffer.alloc(BLOCK);
  const header = new Header({
    path: name,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: sizeBytes,
    mtime: new Date(0),
    type: 'File',
  });
  // True for a name that does not fit. All names here are short.
  if (header.encode(block, 0) && header.path !== name) throw new RangeError(`${name} is too long`);
  return block;
}
