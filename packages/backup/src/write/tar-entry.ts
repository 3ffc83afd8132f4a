import { Header } from 'tar/header';
import { Pax } from 'tar/pax';

const BLOCK = 512;
/** Two empty blocks end a tar. Source: POSIX.1-2017, "pax", "ustar Interchange Format". */
export const TAR_END = Buffer.alloc(2 * BLOCK);

export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly changed: Date;
}

/** What stands before the bytes of a file. A long name gets an extended header. */
export function formatTarHeader({ name, sizeBytes, mode, changed }: TarEntry): Buffer {
  const fields = { path: name, size: sizeBytes, mode, mtime: changed };
  const block = Buffer.alloc(BLOCK);
  const header = new Header({ ...fields, uid: 0, gid: 0, type: 'File' });
  const isTooLong = header.encode(block, 0);
  if (!isTooLong) return block;
  return Buffer.concat([new Pax({ path: name, size: sizeBytes }).encode(), block]);
}

/** Fills the last block of a file. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc(-sizeBytes & (BLOCK - 1));
}
