import * as z from 'zod/mini';
import { bytes, count, entries, inputTime, limit, text, time } from './values.ts';
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

const upcoming = z.object({
  digest: text('The blob.'),
  bytes: bytes('Its size.'),
  lastAccess: time('When it was used last.'),
  images: z
    .array(text('A tag that leads to it, such as `quay.io/team/app:v1`.'))
    .check(z.describe('Not all, if there are many; empty for content that no tag leads to.')),
});

export const EVICTIONS = defineVerb({
  name: 'evictions',
  summary: 'Lists blobs that were evicted: when, why, and during which fetches.',
  method: 'GET',
  input: z.strictObject({
    limit: limit(100),
    since: z.optional(inputTime('Only those since this time.')),
    next: z
      .optional(entries)
      .check(z.describe('Asks what will be evicted first, for at most so many blobs.')),
  }),
  output: z.object({
    blobs: count('All evicted blobs since that time, as far as the history goes.'),
    bytes: bytes('Their size.'),
    evictions: z.array(eviction).check(z.describe('The newest first.')),
    next: z
      .optional(
        z.object({
          measured: time('When the cleaner has looked the store through.'),
          blobs: z.array(upcoming).check(z.describe('Oldest access first. At most 200 are known.')),
        }),
      )
      .check(z.describe('Left out unless it was asked for, and before the first look.')),
  }),
});

export type EvictionsAnswer = OutputOf<typeof EVICTIONS>;
