import * as z from 'zod/mini';
import { bytes, choice, count, text } from './values.ts';
import { defineVerb, type OutputOf, TAR } from './verb.ts';

const ACCEPTED_IMAGES = 'at most 20000 images, such as quay.io/coreos/etcd:v3.5.1';
const ACCEPTED_PLATFORM = 'a platform, such as linux/arm64, together with docker';
const ACCEPTED_RECEIPTS = 'at most 2 texts of registry-cache receipt';

const image = z
  .string(ACCEPTED_IMAGES)
  .check(z.minLength(1, ACCEPTED_IMAGES), z.maxLength(4096, ACCEPTED_IMAGES));

const left = z.object({
  image: text('The image.'),
  why: text('What it lacks.'),
});

export const EXPORT = defineVerb({
  name: 'export',
  summary: 'Writes images of the store as a tar of an OCI image layout. `jobs` shows it.',
  method: 'POST',
  input: z.strictObject({
    images: z
      ._default(z.array(image, ACCEPTED_IMAGES).check(z.maxLength(20_000, ACCEPTED_IMAGES)), [])
      .check(z.describe('The images, as any client writes them. Empty only with `all`.')),
    all: choice('Whether every image that is whole is taken, in place of `images`.'),
    docker: choice('Whether to write what `docker load` reads, of one platform.'),
    platform: z
      .optional(
        z
          .string(ACCEPTED_PLATFORM)
          .check(z.regex(/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/, ACCEPTED_PLATFORM)),
      )
      .check(z.describe('With `docker`; left out: linux/amd64.')),
    receipts: z
      ._default(
        z
          .array(z.string(ACCEPTED_RECEIPTS), ACCEPTED_RECEIPTS)
          .check(z.maxLength(2, ACCEPTED_RECEIPTS)),
        [],
      )
      .check(z.describe('What the far side has: the blobs that these receipts name are left out.')),
  }),
  output: z.object({
    digest: text('Of the bundle, which is that of its `bundle.json`.'),
    images: count('Images in it.'),
    writtenBytes: bytes('The size of the tar.'),
    leftBlobs: count('Blobs that a receipt has left out.'),
    lacking: z
      .array(left)
      .check(z.describe('Images that are not whole here, the first ones. They are left out.')),
    lackingImages: count('All of these.'),
  }),
  answerType: TAR,
  bodyBytes: 16 * 1024 * 1024,
});

export type ExportOutcome = OutputOf<typeof EXPORT>;
