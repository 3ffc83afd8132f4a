import { createHash } from 'node:crypto';
import { splitDigest } from '@registry-cache/domain';
import { openFileSource, streamRange } from '../archive/byte-source.ts';
import type { BundleFile } from '../layout/bundle-manifest.ts';
import type { TarFile } from './tar-layout.ts';

/** The contents of a bundle's files. */
export interface Content {
  /** The text of a small file that the export has made, by its name. */
  readonly texts: ReadonlyMap<string, string>;
  /** The file of a blob in the store. */
  readonly blobFile: (digest: string) => string;
}

/** A file of the bundle, with its digest. */
export interface SourceFile extends TarFile {
  readonly digest: string;
}

/** A blob of the store that is gone, or whose bytes are wrong. */
export class BlobLostError extends Error {
  readonly code = 'BLOB_LOST';
  readonly digest: string;

  constructor(digest: string, problem: string) {
    super(`${digest}: ${problem}`);
    this.name = 'BlobLostError';
    this.digest = digest;
  }
}

export function toSourceFile({ name, size, digest }: BundleFile): SourceFile {
  return { name, sizeBytes: size, digest };
}

/**
 * The bytes of a file from `from` on, `sizeBytes` of them. The whole file is checked on the way.
 * @throws BlobLostError before the last piece, if the bytes are wrong.
 */
export async function* streamContent(
  { texts, blobFile }: Content,
  { name, sizeBytes: wholeBytes, digest }: SourceFile,
  from = 0,
  sizeBytes = wholeBytes,
): AsyncGenerator<Buffer> {
  const text = texts.get(name);
  if (text !== undefined) {
    yield Buffer.from(text).subarray(from, from + sizeBytes);
    return;
  }
  const source = await openBlob(blobFile(digest), digest);
  try {
    if (source.sizeBytes !== wholeBytes) {
      throw new BlobLostError(digest, `${source.sizeBytes} bytes are here, not ${wholeBytes}`);
    }
    const { algorithm, hex } = splitDigest(digest);
    const hash = sizeBytes === wholeBytes ? createHash(algorithm) : undefined;
    let done = 0;
    for await (const piece of streamRange(source, from, sizeBytes)) {
      hash?.update(piece);
      done += piece.length;
      const isLast = done === sizeBytes;
      if (isLast && hash !== undefined && hash.digest('hex') !== hex) throw damaged(digest);
      yield piece;
    }
    if (done < sizeBytes) throw new BlobLostError(digest, 'it became shorter meanwhile');
  } finally {
    await source.close();
  }
}

export function damaged(digest: string): BlobLostError {
  return new BlobLostError(digest, 'its bytes are damaged: `registry-cache verify --remove`');
}

async function openBlob(path: string, digest: string) {
  try {
    return await openFileSource(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BlobLostError(digest, code === 'ENOENT' ? 'it is not here any more' : `${code}`);
  }
}
