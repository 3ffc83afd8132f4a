import * as z from 'zod/mini';
import { image } from './image.ts';
import { text, time } from './values.ts';
import { defineVerb } from './verb.ts';

export const RECHECK = defineVerb({
  name: 'recheck',
  summary:
    'Lets the next pull of a tag ask its registry, however long the tag would be remembered.',
  method: 'POST',
  input: z.strictObject({ image }),
  output: z.object({
    image: text('The tag.'),
    digest: text('What it leads to here until then.'),
    confirmed: time('When its registry had confirmed it last.'),
  }),
});
