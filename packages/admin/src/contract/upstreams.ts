import * as z from 'zod/mini';
import { UPSTREAM } from './upstream.ts';
import { text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const outage = z.object({
  upstream: text('As the pull secret has it; `MIRROR for UPSTREAM` for a mirror.'),
  since: time('When it began.'),
  ended: z.optional(time('Left out while it lasts.')),
  reason: text('Why it was taken for down.'),
});

export const UPSTREAMS = defineVerb({
  name: 'upstreams',
  summary: 'Tells which upstreams answer, since when, why not, and their rate limits.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({
    upstreams: z.optional(z.array(UPSTREAM)).check(z.describe('Left out if egress is away.')),
    outages: z.array(outage).check(z.describe('Of the last day, the newest first.')),
  }),
});

export type UpstreamsAnswer = OutputOf<typeof UPSTREAMS>;
