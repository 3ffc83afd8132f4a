import * as z from 'zod/mini';
import { text } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

export const RECEIPT = defineVerb({
  name: 'receipt',
  summary: 'Tells what this cache has, for `receipts` of an `export` at another one.',
  // It only reads. It is for those who export and import, and counts among their orders.
  method: 'POST',
  input: z.strictObject({}),
  output: z.object({
    receipt: text('JSON of a media type of its own. `export` takes it as it is.'),
  }),
});

export type ReceiptAnswer = OutputOf<typeof RECEIPT>;
