import * as z from 'zod/mini';
import { time } from './values.ts';
import { defineVerb } from './verb.ts';

export const RELOAD = defineVerb({
  name: 'reload',
  summary:
    'Has the mounted files read again, which are followed anyway; `check` tells the outcome.',
  method: 'POST',
  input: z.strictObject({}),
  output: z.object({ asked: time('When it was asked for. It is done within seconds.') }),
});
