const BLOCK_BYTES = 512;

export interface TarFile {
  /** Relative, at most 100 bytes. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode?: number;
}

/**
 * A tar archive of regular files, owned by root and dated at the epoch, so that the same files
 * make the same bytes. Format: POSIX.1-1988 ustar.
 */
export function makeTar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap((file) => [header(file), file.content, padding(file.content.length)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header({ path, content, mode = 0o644 }: TarFile): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`tar: path over 100 bytes: ${path}`);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(content.length, 12), 124);
  block.write(octal(0, 12), 136);
  // The checksum is computed with its own field full of spaces.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\u0000 `,
    148,
  );
  return block;
}

function octal(value: number, fieldBytes: number): string {
  return `${value.toString(8).padStart(fieldBytes - 1, '0')}\u0000`;
}

function padding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}
