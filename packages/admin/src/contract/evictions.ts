import * as z from 'zod/mini';
import { bytes, count, inputTime, limit, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const eviction = z.object({
  time: time('When.'),
  digest: z.optional(text('Left out where many blobs are told as one.')),
  blobs: count('One, or how many are told as one.'),
  bytes: bytes('Their size.'),
  lastAccess: z.optional(time('When it was used last.')),
  images: z.array(text('A repository that named it, such as `quay.io/team/app`.')),
  reason: text(
    '`reservation` for a blob that was fetched, `growth`, `timer`, `start`, `pins` or `prune`.',
  ),
  during: z
    .array(text('A repository of a fetch that ran at that time.'))
    .check(z.describe('For whom the room was needed.')),
});

export const EVICTIONS = defineVerb({
  name: 'evictions',
  summary: 'Lists blobs that were evicted: when, why, and during which fetches.',
  method: 'GET',
  input: z.strictObject({
    limit: limit(100),
    since: z.optional(inputTime('Only those since this time.')),
  }),
  output: z.object({
    blobs: count('All evicted blobs since that time, as far as the history goes.'),
    bytes: bytes('Their size.'),
    evictions: z.array(eviction).check(z.describe('The newest first.')),
  }),
});

export type EvictionsAnswer = OutputOf<typeof EVICTIONS>;
