import * as z from 'zod/mini';
import { bytes, count, limit, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const shared = {
  time: time('When it arrived.'),
  id: text('As its answer had it in `X-Request-Id`.'),
  image: text('The registry, the repository, and the tag or digest.'),
  kind: text('`manifest`, `blob`, `tags`, `referrers` …'),
  upstream: text('As the pull secret has it; empty for none.'),
  status: count('Of the answer; 0 where there was none.'),
  ms: count('Until the last byte of the answer.'),
  firstByteMs: count('Until its head.'),
  code: text(
    '`never-pulled`, `evicted`, `removed`, `not-linked`, `shared`, `range`, `head`, `tag-expired`, `tag-changed`, `tag-always`, `other-type`, `list`, `no-fetch`, `paused`, `slow-check`, `check-failed`, `failed`, `upstream-down` …',
  ),
  reason: text('Why it was no hit, in one sentence.'),
};

export const MISSES = defineVerb({
  name: 'misses',
  summary: 'Lists the last requests that the store alone could not answer, each with its reason.',
  method: 'GET',
  input: z.strictObject({
    limit: limit(50),
    upstream: z.optional(
      z
        .string('the name of an upstream, such as quay.io')
        .check(z.maxLength(255, 'a name of at most 255 characters'))
        .check(z.describe('Only those to this upstream.')),
    ),
  }),
  output: z.object({ misses: z.array(z.object(shared)).check(z.describe('The newest first.')) }),
});

const ACCEPTED = 'the id of a request, a word of at most 64 plain characters';

export const REQUEST = defineVerb({
  name: 'request',
  summary: 'Tells what became of one request: its answer, why it was no hit, and its fetch.',
  method: 'GET',
  input: z.strictObject({
    id: z
      .string(ACCEPTED)
      .check(z.regex(/^[\w.:+=-]{1,64}$/, ACCEPTED), z.describe('As `X-Request-Id` has it.')),
  }),
  output: z.object({
    ...shared,
    method: text('`GET` or `HEAD`, mostly.'),
    outcome: text('`hit`, `miss`, `stale`, `failed` …'),
    bytes: bytes('That the client got, headers included.'),
    who: text('The user, or the address of a client without a login.'),
    sameId: z.optional(
      count(
        'How many remembered requests bear this id, where clients gave it to several. The last is told.',
      ),
    ),
    way: text('How it came in: `path`, `host`, `ns` or `proxy`.'),
    slow: z.optional(text('What took the time, where it took more than a second.')),
    fetch: z
      .optional(
        z.object({
          from: text('The host that answered.'),
          since: time('When it began.'),
          ms: count('How long it took.'),
          firstByteMs: z.optional(count('From there to the first good reply.')),
          waited: count('Clients that read along at once, at most.'),
          outcome: text('`stored`, `not-stored` or `failed`.'),
          error: z.optional(text('Why it was not stored.')),
        }),
      )
      .check(z.describe('The fetch of its content that ran at that time.')),
  }),
});

export type MissesAnswer = OutputOf<typeof MISSES>;
export type RequestAnswer = OutputOf<typeof REQUEST>;
