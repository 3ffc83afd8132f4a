import { parseSize } from '@registry-cache/domain';
import * as z from 'zod/mini';
import { bytes, count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const ACCEPTED_SIZE = 'a size, such as 5G';

const victim = z.object({
  digest: text('The blob.'),
  bytes: bytes('Its size.'),
  lastAccess: time('When it was used last.'),
  namedBy: z.array(text('One of five repositories that name it, as `<upstream id>/<repository>`.')),
});

export const PRUNE = defineVerb({
  name: 'prune',
  summary: 'Brings the store within its limit now, oldest access first.',
  method: 'POST',
  input: z.strictObject({
    to: z
      .optional(
        z.string(ACCEPTED_SIZE).check(
          z.maxLength(50, ACCEPTED_SIZE),
          z.refine((value) => parseSize('to', value).ok, ACCEPTED_SIZE),
        ),
      )
      .check(z.describe('Down to this size; left out: by the settings of the cleaner.')),
    dryRun: z
      ._default(z.boolean('true or false'), false)
      .check(z.describe('Whether only to list the blobs that would be removed.')),
  }),
  output: z.object({
    usedBeforeBytes: bytes('The size of the store before.'),
    usedAfterBytes: bytes('Its size after it; of a dry run, as it would be.'),
    blobs: count('Blobs that remain.'),
    removedBlobs: count('Blobs that were removed, or would be.'),
    pinnedBytes: bytes('What pins keep in the store.'),
    victims: z
      .optional(z.array(victim))
      .check(z.describe('Of a dry run alone: the first 10,000 blobs that would be removed.')),
  }),
});

export type PruneAnswer = OutputOf<typeof PRUNE>;
