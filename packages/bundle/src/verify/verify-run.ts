import { createHash } from 'node:crypto';
import { splitDigest } from '@registry-cache/domain';

/** What `verify` is told. */
export interface VerifyRun {
  /** Called once with the bytes that will be read, as far as the bundle says so. */
  readonly onTotal?: (bytes: number) => void;
  /** Called with the bytes of each read. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface VerifyResult {
  /** Files or blobs that were looked at. */
  readonly files: number;
  readonly bytes: number;
  /** Of the bundle's manifest; undefined for bundles of others. */
  readonly digest: string | undefined;
  /** One line for each file that is missing, cut, damaged or in the place of another one. */
  readonly problems: readonly string[];
}

/** Whether these bytes have the digest. */
export async function matches(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  digest: string,
  { onBytes, signal }: VerifyRun,
): Promise<boolean> {
  const { algorithm, hex } = splitDigest(digest);
  const hash = createHash(algorithm);
  for await (const piece of pieces) {
    signal.throwIfAborted();
    hash.update(piece);
    onBytes(piece.length);
  }
  return hash.digest('hex') === hex;
}
