import * as z from 'zod/mini';
import { count, inputTime, limit, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

/** The checks that refuse requests. */
const REFUSED_BY = ['access', 'trust', 'admission', 'other'] as const;

const refusal = z.object({
  time: time('When it was asked for; of several equal ones, the first.'),
  id: z.optional(text('The `X-Request-Id` of it; left out for questions to the admin API.')),
  who: text('The user; empty for a client without a login.'),
  address: text('The address of the client.'),
  image: text('What was asked for, such as `quay.io/team/app:v1`; empty where it was no image.'),
  right: z.optional(text('`pull`, `fetch`, `push` or `delete`, where a right was missing.')),
  by: z
    .enum(REFUSED_BY)
    .check(
      z.describe(
        '`access`, `trust` (signatures) or `admission`: rules of the policy file. `other`: the proxy, an upstream behind a push, or the admin API.',
      ),
    ),
  rule: z.optional(count('The number of the rule in its list, from 1; left out where none is.')),
  reason: text('Why; may be empty where a rule has no reason.'),
  count: count('How many equal refusals of the same second this one stands for.'),
});

export const REFUSALS = defineVerb({
  name: 'refusals',
  summary: 'Lists refused requests: who asked for what, and which rule refused it.',
  method: 'GET',
  input: z.strictObject({
    limit: limit(100),
    since: z.optional(inputTime('Only those since this time.')),
  }),
  output: z.object({
    refusals: z
      .array(refusal)
      .check(z.describe('The newest first, as far as the end of the audit log goes.')),
  }),
});

export type RefusalsAnswer = OutputOf<typeof REFUSALS>;
