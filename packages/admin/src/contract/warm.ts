import * as z from 'zod/mini';
import { bytes, choice, count, text } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const ACCEPTED_LIST = 'a list of images, one a line, of at most 1 MiB';
const ACCEPTED_PLATFORM = 'platforms such as linux/arm64, or all';

const platform = z
  .string(ACCEPTED_PLATFORM)
  .check(z.regex(/^(?:all|[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?)$/, ACCEPTED_PLATFORM));

export const WARM = defineVerb({
  name: 'warm',
  summary: 'Orders the images of a list to be fetched, before anybody asks. `jobs` follows it.',
  method: 'POST',
  input: z.strictObject({
    list: z
      .string(ACCEPTED_LIST)
      .check(
        z.minLength(1, ACCEPTED_LIST),
        z.maxLength(1024 * 1024, ACCEPTED_LIST),
        z.describe('The text of a list, in any format that `registry-cache warm` reads.'),
      ),
    platforms: z
      .optional(z.array(platform, ACCEPTED_PLATFORM).check(z.maxLength(50, ACCEPTED_PLATFORM)))
      .check(z.describe('Left out: those pulled before, else linux/amd64 and linux/arm64.')),
    pin: choice('Whether to keep the images until they are unpinned.'),
    keepGoing: choice('Whether to go on after a failure.'),
    dryRun: choice('Whether only to tell how much is not here.'),
  }),
  output: z.object({
    job: z.optional(text('The job that fetches them; left out for a dry run.')),
    dryRun: z
      .optional(
        z.object({
          images: count('Images of the list.'),
          here: count('Those that are here, whole.'),
          failed: count('Those that cannot be had.'),
          bytes: bytes('The size of all of them. Shared blobs count once.'),
          newBytes: bytes('What is not here.'),
        }),
      )
      .check(z.describe('Of a dry run alone.')),
  }),
  bodyBytes: 2 * 1024 * 1024,
});

export type WarmAnswer = OutputOf<typeof WARM>;
