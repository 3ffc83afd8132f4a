import { FETCH_SOURCES } from '@registry-cache/domain';
import * as z from 'zod/mini';
import { bytes, count, inputTime, limit, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const shared = {
  upstream: text('As the pull secret has it.'),
  repository: text('The repository of the request that began it.'),
  digest: text('The blob.'),
  since: time('When it began.'),
  firstByteMs: z.optional(count('From there to the first good reply.')),
  from: text('The host that answered: of the upstream, its CDN, a mirror, a replica, a bucket.'),
  source: z
    .optional(z.enum(FETCH_SOURCES))
    .check(z.describe('What that host is. `upstream`: the registry itself, or a mirror of it.')),
};

const running = z.object({
  ...shared,
  doneBytes: bytes('Bytes that have arrived.'),
  totalBytes: z.optional(bytes('Left out until it is known.')),
  waiting: count('Clients that read along.'),
});

const past = z.object({
  ...shared,
  ended: time('When it ended.'),
  ms: count('How long it took.'),
  bytes: bytes('Bytes that arrived.'),
  outcome: text('`stored`, `not-stored` or `failed`.'),
  waited: count('Clients that read along at once, at most.'),
  error: z.optional(text('Why it was not stored.')),
});

export const FETCHES = defineVerb({
  name: 'fetches',
  summary: 'Lists blobs that are being fetched and who waits for them, and past fetches.',
  method: 'GET',
  input: z.strictObject({
    limit: limit(50),
    at: z.optional(inputTime('Only past fetches that were running at this time.')),
  }),
  output: z.object({
    running: z.optional(z.array(running)).check(z.describe('Left out if egress is away.')),
    past: z.array(past).check(z.describe('The newest first.')),
  }),
});

export type FetchesAnswer = OutputOf<typeof FETCHES>;
