import * as z from 'zod/mini';
import { bytes, count, flag, limit, skip, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const image = z.object({
  image: text('As people write it: `quay.io/team/app:v1`.'),
  digest: text('The digest of the tag here.'),
  platforms: z.array(text('A platform whose manifest is here, such as `linux/amd64`.')),
  ownBytes: bytes('Bytes that only this image has, so that they would go with it.'),
  sharedBytes: bytes('Bytes that other images have too.'),
  checked: z.optional(
    time(
      'When the upstream confirmed the tag last; left out for pushed images, and where `recheck` asked for a check.',
    ),
  ),
  pulled: z.optional(time('The last pull by this tag, as far as the history goes.')),
  gone: z.optional(
    time('Since when the upstream says that the tag does not exist; left out for all others.'),
  ),
  pinned: z.boolean().check(z.describe('Whether a pin of the tag or its digest keeps it.')),
});

export const LS = defineVerb({
  name: 'ls',
  summary: 'Lists the images that are here, with their sizes, last pulls and pins.',
  method: 'GET',
  input: z.strictObject({
    pattern: z
      ._default(z.string('a part of the name, or with * for any text'), '')
      .check(z.describe('A part of the name, or the whole with `*` for any text.')),
    limit: limit(1000),
    after: z
      .optional(z.string('the name of an image'))
      .check(z.describe('The last name of the page before: only images behind it.')),
    skip: skip(),
    sort: z
      ._default(z.enum(['name', 'size'], 'name or size'), 'name')
      .check(z.describe('`size`: those with the most bytes of their own first.')),
    gone: z
      .optional(flag)
      .check(z.describe('Only tags that are here while their upstream has deleted them.')),
  }),
  output: z.object({
    walked: z.optional(
      time('When the store was looked through for this; left out before the first time.'),
    ),
    total: count('All listed images that fit the pattern.'),
    unlisted: count('Images that are here, and that the listing has no room for.'),
    images: z.array(image).check(z.describe('In the order of `sort`.')),
  }),
});

export type LsAnswer = OutputOf<typeof LS>;
