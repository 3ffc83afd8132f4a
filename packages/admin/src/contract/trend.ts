import * as z from 'zod/mini';
import { bytes, count, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const ACCEPTED_HOURS = 'a number from 1 to 2000';

const point = z.object({
  time: time('The begin of the hour. The last one is the hour that runs.'),
  requests: count('Requests for images that clients got an answer to.'),
  hits: count('Those that were answered from the cache.'),
  misses: count('Those for which the upstream was asked.'),
  stale: count('Those that were answered from the cache because the upstream could not be asked.'),
  servedBytes: bytes('Bytes of these answers, headers included.'),
  savedBytes: bytes('Bytes of them that no upstream sent.'),
  usedBytes: z.optional(
    bytes('The last size of the store in this hour; left out if the cleaner has not looked.'),
  ),
  limitBytes: z.optional(bytes('The size that cleaning ended at.')),
});

export const TREND = defineVerb({
  name: 'trend',
  summary:
    'Tells what the cache answered and saved in each of the last hours, and how full it was.',
  method: 'GET',
  input: z.strictObject({
    hours: z
      ._default(
        z.coerce
          .number(ACCEPTED_HOURS)
          .check(
            z.int(ACCEPTED_HOURS),
            z.minimum(1, ACCEPTED_HOURS),
            z.maximum(2000, ACCEPTED_HOURS),
          ),
        24,
      )
      .check(z.describe('So many points.')),
    upstream: z
      .optional(z.string('the name of an upstream, such as quay.io'))
      .check(z.describe('Only the requests of this upstream. Sizes are of the whole store.')),
  }),
  output: z.object({
    stepMs: count('From one point to the next.'),
    points: z.array(point).check(z.describe('The oldest first; one for each hour.')),
  }),
});

export type TrendAnswer = OutputOf<typeof TREND>;
