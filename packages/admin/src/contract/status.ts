import * as z from 'zod/mini';
import { SAVED_NUMBERS } from './saved.ts';
import { UPSTREAM } from './upstream.ts';
import { bytes, count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const store = z.object({
  usedBytes: bytes('The bytes in the store when the cleaner measured it last.'),
  limitBytes: bytes('The size that cleaning ends at.'),
  blobs: count('The blobs in the store.'),
  measured: time('When the cleaner measured it.'),
  oldestAccess: z.optional(time('The oldest access of a blob; left out for an empty store.')),
});

const job = z.object({
  id: text('The name of the job.'),
  kind: text('`warm`, `import`, `export` or `verify`.'),
  what: text('A list, a bundle, images.'),
  since: time('When it began.'),
  doneBytes: z.optional(bytes('As far as it is.')),
  totalBytes: z.optional(bytes('As far as it is known.')),
});

const problem = z.object({
  code: text('A stable name, such as `upstream-down`.'),
  message: text('What is wrong, and what to do.'),
});

export const STATUS = defineVerb({
  name: 'status',
  summary: 'Tells how the cache is: its store, its upstreams, what runs, and what is wrong.',
  method: 'GET',
  input: z.strictObject({}),
  output: z.object({
    version: text('The version of the cache.'),
    now: time('When this was answered.'),
    servingSince: z.optional(time('When the container started; left out if that is unknown.')),
    address: text(
      'Where clients reach the cache, as far as its settings tell: `cache.example.com:8443`, or `:8443` where no host is known.',
    ),
    store: z.optional(store).check(z.describe('Left out until the cleaner has measured it.')),
    upstreams: z.optional(z.array(UPSTREAM)).check(z.describe('Left out if egress is away.')),
    saved: z.object({
      hour: z.object(SAVED_NUMBERS),
      day: z.object(SAVED_NUMBERS),
    }),
    running: z
      .optional(count('Blobs that are being fetched.'))
      .check(z.describe('Left out if egress is away.')),
    jobs: z.array(job).check(z.describe('Long work that runs now.')),
    problems: z.array(problem).check(z.describe('Empty if all is well.')),
  }),
});

export type Status = OutputOf<typeof STATUS>;
