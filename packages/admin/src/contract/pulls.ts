import * as z from 'zod/mini';
import { count, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const ACCEPTED = 'a repository, such as quay.io/team/app';

export const PULLS = defineVerb({
  name: 'pulls',
  summary: 'Tells who pulled from a repository, how often, and when last.',
  method: 'GET',
  input: z.strictObject({
    image: z
      .string(ACCEPTED)
      .check(
        z.minLength(1, ACCEPTED),
        z.maxLength(1024, 'at most 1024 characters'),
        z.describe('A repository as any client writes it. With a tag or digest, only that of it.'),
      ),
  }),
  output: z.object({
    upstream: text('As the pull secret has it.'),
    repository: text('The repository.'),
    references: z.array(
      z.object({
        reference: text('A tag or a digest; empty for those that one day had too many of.'),
        pulls: count('Manifests that clients got by it.'),
        misses: count('Those for which the upstream was asked.'),
        last: time('The last of them.'),
      }),
    ),
    pullers: z
      .array(
        z.object({
          who: text('A user, or the address of a client without a login.'),
          pulls: count('Manifests that it got.'),
          last: time('The last of them.'),
        }),
      )
      .check(z.describe('Those who pulled from the repository, by whatever reference.')),
  }),
});

export type PullsAnswer = OutputOf<typeof PULLS>;
