import * as z from 'zod/mini';
import { count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

export const PULLS = defineVerb({
  name: 'pulls',
  summary: 'Tells who pulled from a repository, how often, and when last.',
  method: 'GET',
  input: z.strictObject({
    upstream: z.string('the name of an upstream, such as quay.io'),
    repository: z.string('a repository, such as team/app'),
  }),
  output: z.object({
    references: z.array(
      z.object({
        reference: text('A tag or a digest; empty for those that one day had too many of.'),
        pulls: count('Manifests that clients got by it.'),
        misses: count('Those for which the upstream was asked.'),
        last: time('The last of them.'),
      }),
    ),
    pullers: z.array(
      z.object({
        who: text('A user, or the address of a client without a login.'),
        pulls: count('Manifests that it got.'),
        last: time('The last of them.'),
      }),
    ),
  }),
});

export type PullsAnswer = OutputOf<typeof PULLS>;
