import { createHash } from 'node:crypto';
import { isDigest } from '@registry-cache/domain';
import { z } from 'zod';
import { BundleError } from '../problem.ts';
import { readJson } from './read-json.ts';

/** The manifest of a bundle: what it has, and the digest of every part. */
export const BUNDLE_MANIFEST = 'bundle.json';
/** The digest of the manifest of a bundle, as `sha256sum` writes and checks it. */
export const BUNDLE_SUM = 'bundle.json.sha256';
const MEDIA_TYPE = 'application/vnd.registry-cache.bundle.v1+json';

const digest = z.string().refine(isDigest, 'not a digest');
const sizeBytes = z.number().int().nonnegative();
/** A name in the bundle. No part of it leads upwards. */
const name = z
  .string()
  .regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/, 'not a name of a file');
const file = z.strictObject({ name, size: sizeBytes, digest });

const shape = z.strictObject({
  mediaType: z.literal(MEDIA_TYPE),
  /** The files of the OCI image layout, in the order of the tar. */
  files: listOf(file),
  /** Of a delta: the blobs that the far side has. */
  left: listOf(digest),
  /** Of a bundle in parts: its tar, cut. */
  parts: z
    .strictObject({
      /** The size in bytes of each part but the last. */
      size: z.number().int().positive(),
      /** The text of the small files, by which lost parts are made again. */
      texts: z.record(z.string(), z.string()),
      /** In order. A part that is not made yet has no digest. */
      files: listOf(z.strictObject({ name, size: sizeBytes, digest: digest.optional() })),
    })
    .optional(),
});

export type BundleManifest = z.infer<typeof shape>;
export type BundleFile = z.infer<typeof file>;

export function createBundleManifest(fields: Omit<BundleManifest, 'mediaType'>): BundleManifest {
  return { mediaType: MEDIA_TYPE, ...fields };
}

/** @throws BundleError for any other text. */
export function parseBundleManifest(place: string, bytes: Uint8Array): BundleManifest {
  const result = shape.safeParse(readJson(place, bytes));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BundleError(place, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

export function formatBundleManifest(manifest: BundleManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
}

export function formatSum(bundleManifest: Uint8Array): string {
  return `${hashOf(bundleManifest).slice('sha256:'.length)}  ${BUNDLE_MANIFEST}\n`;
}

/** `sha256:…` of these bytes. */
export function hashOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A list whose first wrong item is its only issue: a hostile one may have a million of them. */
function listOf<T extends z.ZodType>(item: T) {
  return z.array(z.unknown()).transform((values, context): z.output<T>[] => {
    const items: z.output<T>[] = [];
    for (const [index, value] of values.entries()) {
      const result = item.safeParse(value);
      if (!result.success) {
        const [issue] = result.error.issues;
        const path = [index, ...(issue?.path ?? [])];
        context.addIssue({ code: 'custom', path, message: issue?.message ?? 'wrong' });
        return z.NEVER;
      }
      items.push(result.data);
    }
    return items;
  });
}
