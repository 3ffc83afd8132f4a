import * as z from 'zod/mini';
import { bytes, flag, text } from './values.ts';
import { defineVerb, type OutputOf, TAR } from './verb.ts';

const ACCEPTED_NAME = 'a name such as quay.io/coreos/etcd';

export const IMPORT = defineVerb({
  name: 'import',
  summary:
    'Takes images from a tar of `export`, skopeo, docker or ctr, also compressed. `jobs` shows it.',
  method: 'POST',
  input: z.strictObject({
    as: z
      .optional(
        z
          .string(ACCEPTED_NAME)
          .check(z.minLength(1, ACCEPTED_NAME), z.maxLength(4096, ACCEPTED_NAME)),
      )
      .check(z.describe('The name of images without a registry in theirs.')),
    dryRun: z
      ._default(flag, false)
      .check(z.describe('Whether only to say what would be imported.')),
  }),
  output: z.object({
    digest: z
      .optional(z.string())
      .check(z.describe('Of the bundle; left out for those of other tools.')),
    imported: z.array(z.string()).check(z.describe('Images that are here now.')),
    toImport: z
      .optional(z.array(z.string()))
      .check(z.describe('Of a dry run alone: the images that would be imported.')),
    here: z.array(z.string()).check(z.describe('Images that were here before, whole.')),
    newBytes: bytes('What came into the store.'),
    refused: z
      .array(z.object({ image: text('The image.'), why: text('What is wrong with it.') }))
      .check(z.describe('Images of which nothing was taken.')),
    notServed: z
      .record(z.string(), z.number())
      .check(z.describe('Registries that are not served here, with the number of their images.')),
    nameless: z
      .array(z.string())
      .check(z.describe('What the bundle calls images whose names have no registry.')),
  }),
  bodyType: TAR,
});

export type ImportAnswer = OutputOf<typeof IMPORT>;
