/** Files by their names, wherever they are: in a folder, in a tar, or in the parts of one. */
export interface Archive {
  /** What it is, for messages: a path, or `standard input`. */
  readonly place: string;
  /** All plain files, with their sizes in bytes, by names such as `blobs/sha256/ab…`. */
  readonly files: ReadonlyMap<string, ArchiveFile>;
  /** The bytes of a file, in pieces. A piece is valid until the next one is asked for. */
  stream(file: ArchiveFile): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export interface ArchiveFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Where its bytes begin in a tar; 0 in a folder. */
  readonly start: number;
}

/** Reads a small file whole. @returns undefined for one that is missing or larger. */
export async function readSmall(
  archive: Archive,
  name: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const file = archive.files.get(name);
  if (file === undefined || file.sizeBytes > maxBytes) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of archive.stream(file)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
