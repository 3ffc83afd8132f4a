import * as z from 'zod/mini';
import { bytes, count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const progress = z.object({
  doneBytes: bytes('As far as it is.'),
  totalBytes: z.optional(bytes('As far as it is known.')),
  doneImages: z.optional(count('Images that are done.')),
  totalImages: z.optional(count('Images, as far as they are known.')),
  failedImages: z.optional(count('Images that failed.')),
});

const job = z.object({
  id: text('The name of the job.'),
  kind: z.enum(['export', 'import', 'verify', 'warm']),
  by: z.enum(['operator', 'policy']).check(z.describe('`policy`: a list of the policy file.')),
  what: text('A list, a bundle, images.'),
  state: z.enum(['running', 'done', 'failed', 'interrupted', 'broken off']),
  since: time('When it began.'),
  ended: z.optional(time('When it ended. For `broken off`, when it was last heard of.')),
  progress: z.optional(progress),
  error: z.optional(text('Why it failed.')),
  goesOnBy: z.optional(text('The command that goes on; left out for a job that is done or runs.')),
});

const followed = z.object({
  list: text('The list that the policy file names.'),
  everyMs: count('How often it is warmed.'),
  running: z.boolean().check(z.describe('Whether it is warmed just now.')),
  succeeded: z.optional(time('The last success.')),
  next: z.optional(time('When it is due next.')),
  error: z.optional(text('Why the last run failed.')),
});

export const JOBS = defineVerb({
  name: 'jobs',
  summary: 'Shows long work: what runs and how far it is, and how the last jobs ended.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({
    jobs: z.array(job).check(z.describe('The newest first.')),
    followed: z.array(followed),
    broken: count('Records of jobs that cannot be read.'),
  }),
});

export type JobsAnswer = OutputOf<typeof JOBS>;
