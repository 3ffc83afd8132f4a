import * as z from 'zod/mini';
import { count, text, time } from './values.ts';

const rateLimit = z.object({
  limit: z.optional(count('Requests that the registry grants.')),
  remaining: z.optional(count('Requests that are left of them.')),
  told: time('When the registry told it.'),
});

/** The state of an upstream, as egress knows it now. */
export const UPSTREAM = z.object({
  name: text('As the pull secret has it; `MIRROR for UPSTREAM` for a mirror.'),
  state: z
    .enum(['up', 'down', 'offline'])
    .check(
      z.describe('`down`: it does not answer, and is not asked. `offline`: by the policy file.'),
    ),
  since: time('Since when; never before the start of egress.'),
  reason: z.optional(text('Why it is taken for down.')),
  rateLimit: z.optional(rateLimit),
});

export type Upstream = z.infer<typeof UPSTREAM>;
