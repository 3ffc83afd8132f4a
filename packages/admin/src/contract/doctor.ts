import * as z from 'zod/mini';
import { text } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const finding = z.object({
  id: text('A stable name, such as `login-refused`, as docs/doctor.md has it.'),
  severity: z.enum(['error', 'warning']),
  subject: text('An upstream, a file, a setting or a listener.'),
  found: text('What was found.'),
  accepted: text('What is accepted.'),
  advice: text('What to do.'),
  link: text('Where the documents explain it.'),
});

const check = z.object({
  check: text('The name of the check.'),
  kind: z.enum(['tried', 'not tried']),
  seen: z.optional(text('What is good, of a check that was tried.')),
  reason: z.optional(text('Why it was not tried.')),
  findings: z
    .optional(z.array(finding))
    .check(z.describe('Of a check that was tried; empty if all is well.')),
});

export const DOCTOR = defineVerb({
  name: 'doctor',
  summary: 'Tries what can go wrong around the cache, within a minute. One runs at a time.',
  // It asks registries with the logins of the cache.
  method: 'POST',
  input: z.strictObject({}),
  output: z.object({
    ok: z.boolean().check(z.describe('Whether no finding is an error.')),
    checks: z.array(check),
  }),
});

export type DoctorAnswer = OutputOf<typeof DOCTOR>;
