import { ACCESS_POLICY } from '@registry-cache/access';
import type { ExplainFacts } from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const strings = z.array(z.string());

/** The shape of `explain.json`. `config` has checked the values; a wrong file is a defect. */
export const EXPLAIN_FACTS: z.ZodMiniType<ExplainFacts> = z.object({
  hasLogins: z.boolean(),
  users: z.optional(strings),
  htpasswdFile: z.string(),
  access: z.optional(ACCESS_POLICY),
  open: z.optional(ACCESS_POLICY),
  enforced: z.array(z.object({ number: z.number(), images: strings })),
});
