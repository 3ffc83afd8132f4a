import * as z from 'zod/mini';
import { image } from './image.ts';
import { bytes, count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const pin = z.object({
  image: text('The image, as `unpin` takes it.'),
  digest: z.optional(text('Left out where it is unknown.')),
  heldBytes: bytes('What it holds in the store.'),
  whole: z.boolean().check(z.describe('Whether all of it is here.')),
  frozen: z.boolean().check(z.describe('Whether the tag keeps its digest.')),
  why: z.optional(text('`pin`, `warm`, `mirrored` or `import`.')),
  by: z.optional(text('The user who pinned it, or `operator`.')),
  since: z.optional(time('Since when.')),
  problem: z.optional(text('Why the record of the pin cannot be read.')),
});

export const PINS = defineVerb({
  name: 'pins',
  summary: 'Lists the pinned images, and what they hold in the store.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({
    pins: z.array(pin),
    heldBytes: bytes('What all of them hold. Shared layers count once.'),
    limitBytes: z
      .optional(bytes('`CLEANER_MAXSIZE`, which they count in.'))
      .check(z.describe('Left out until the cleaner has started.')),
    unreadable: count('Folders of pins that cannot be read.'),
  }),
});

export const PIN = defineVerb({
  name: 'pin',
  summary: 'Keeps an image that is here in the store, whatever its limit is, until it is unpinned.',
  method: 'POST',
  input: z.strictObject({ image }),
  output: pin,
});

export const UNPIN = defineVerb({
  name: 'unpin',
  summary: 'Removes a pin: from then on the image ages out, and a frozen tag moves again.',
  method: 'POST',
  input: z.strictObject({ image }),
  output: z.object({ image: text('The image that was unpinned.') }),
});

export type PinAnswer = OutputOf<typeof PIN>;
export type PinsAnswer = OutputOf<typeof PINS>;
