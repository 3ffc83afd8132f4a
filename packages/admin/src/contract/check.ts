import * as z from 'zod/mini';
import { count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const change = z.object({
  time: time('When it was read.'),
  refused: z.boolean().check(z.describe('Whether it is broken, and so not in use.')),
  what: text('What changed, or the places that are broken. Never a value.'),
});

export const CHECK = defineVerb({
  name: 'check',
  summary: 'Tells whether the configuration that runs is the one in the mounted files.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({
    inUse: z
      .optional(z.boolean())
      .check(
        z.describe('Whether the newest files are in use; left out until they were looked at.'),
      ),
    refusedChanges: count('Changes since the start that could not be used.'),
    changes: z.array(change).check(z.describe('The last changes, the newest first.')),
  }),
});

export type CheckAnswer = OutputOf<typeof CHECK>;
