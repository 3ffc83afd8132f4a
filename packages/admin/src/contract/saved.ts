import * as z from 'zod/mini';
import { bytes, count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

/** Savings of a time. */
export const SAVED_NUMBERS = {
  requests: count('Requests for images that clients got an answer to.'),
  savedRequests: count('Those that no upstream was asked for.'),
  servedBytes: bytes('Bytes of these answers, headers included.'),
  savedBytes: bytes('Bytes of them that no upstream sent.'),
  savedMs: count(
    'About how much longer clients would have waited, by the misses of the last week.',
  ),
};

const period = z.object({
  period: z.enum(['hour', 'day', 'week']),
  since: time('Where it begins; always a full hour.'),
  ...SAVED_NUMBERS,
  upstreams: z.array(z.object({ upstream: text('As the pull secret has it.'), ...SAVED_NUMBERS })),
});

export const SAVED = defineVerb({
  name: 'saved',
  summary: 'Tells what the cache has saved in the last hour, day and week, by upstream.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({ periods: z.array(period) }),
});

export type SavedAnswer = OutputOf<typeof SAVED>;
