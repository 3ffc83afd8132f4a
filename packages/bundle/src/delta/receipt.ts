import { isDigest, splitDigest } from '@registry-cache/domain';
import { z } from 'zod';
import { hashOf } from '../layout/bundle-manifest.ts';
import { BundleError } from '../problem.ts';

const MEDIA_TYPE = 'application/vnd.registry-cache.receipt.v1+json';
/** Of each digest. Nobody can make a second blob with the same 96 bits, and chance does not. */
const KEY_BYTES = 12;

const shape = z.strictObject({
  mediaType: z.literal(MEDIA_TYPE),
  /** The digests of the bundles that were imported whole. */
  bundles: z.array(z.string().refine(isDigest, 'not a digest')),
  /** The number of blobs. */
  count: z.number().int().nonnegative(),
  /** The first bytes of each digest, sorted, in base64. */
  blobs: z.base64(),
  /** The digest of the members before, so that a cut or changed receipt is found. */
  digest: z.string(),
});

/** What a cache says that it has. */
export interface Receipt {
  readonly bundles: readonly string[];
  readonly count: number;
  hasBlob(digest: string): boolean;
}

/** The text of a receipt: 16 characters for each blob. */
export function formatReceipt(digests: readonly string[], bundles: readonly string[]): string {
  const keys = [...new Set(digests.map(keyOf))].sort();
  const blobs = Buffer.from(keys.join(''), 'hex').toString('base64');
  const fields = { mediaType: MEDIA_TYPE, bundles: [...bundles].sort(), count: keys.length, blobs };
  return `${JSON.stringify({ ...fields, digest: sumOf(fields) })}\n`;
}

/** @throws BundleError for any other text, and for a receipt that is damaged. */
export function parseReceipt(place: string, text: string): Receipt {
  const result = shape.safeParse(readJson(place, text));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new BundleError(place, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  const { digest, ...fields } = result.data;
  if (digest !== sumOf(fields)) throw new BundleError(place, 'the receipt is damaged');
  const bytes = Buffer.from(fields.blobs, 'base64');
  const keys = new Set<string>();
  for (let at = 0; at < bytes.length; at += KEY_BYTES) {
    keys.add(bytes.toString('hex', at, at + KEY_BYTES));
  }
  const hasBlob = (blob: string) => keys.has(keyOf(blob));
  return { bundles: fields.bundles, count: fields.count, hasBlob };
}

function keyOf(digest: string): string {
  return splitDigest(digest).hex.slice(0, 2 * KEY_BYTES);
}

function sumOf(fields: { bundles: readonly string[]; count: number; blobs: string }): string {
  return hashOf(Buffer.from(JSON.stringify([fields.bundles, fields.count, fields.blobs])));
}

function readJson(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BundleError(place, 'not JSON, or cut');
  }
}
