import { isDigest, type OldestBlobs, oldestBlobsFile } from '@registry-cache/domain';
import { parseJson, readQuietly } from '@registry-cache/runtime';
import * as z from 'zod/mini';

const MAX_BYTES = 1024 * 1024;

const OLDEST_BLOBS: z.ZodMiniType<OldestBlobs> = z.object({
  measured: z.iso.datetime(),
  isAll: z.boolean(),
  blobs: z.array(
    z.object({
      // It becomes a path.
      digest: z.string().check(z.refine(isDigest)),
      sizeBytes: z.number(),
      lastAccessMs: z.number(),
    }),
  ),
});

/** The cleaner's last note; undefined before its first look, and for a broken file. */
export function readOldestBlobs(storeRoot: string): OldestBlobs | undefined {
  try {
    const text = readQuietly(oldestBlobsFile(storeRoot), MAX_BYTES).toString('utf8');
    return parseJson(text, OLDEST_BLOBS);
  } catch {
    return undefined;
  }
}
