import * as z from 'zod/mini';
import { text } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

export const WHOAMI = defineVerb({
  name: 'whoami',
  summary: 'Tells who asks, and with which rights.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({
    user: z.optional(text('The user; left out for a client without a login.')),
    rights: z.array(z.enum(['view', 'admin'])).check(z.describe('`admin` may change things.')),
    mayLogIn: z
      .boolean()
      .check(z.describe('Whether logins are checked here, so that one may give further rights.')),
  }),
});

export type WhoamiAnswer = OutputOf<typeof WHOAMI>;
