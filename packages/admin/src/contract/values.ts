import * as z from 'zod/mini';

/** An ISO 8601 time in UTC. */
export const time = (meaning: string) =>
  z.string().check(z.meta({ description: meaning, format: 'date-time' }));

export const bytes = (meaning: string) => z.number().check(z.describe(meaning));

export const count = (meaning: string) => z.number().check(z.describe(meaning));

export const text = (meaning: string) => z.string().check(z.describe(meaning));

const ACCEPTED_ENTRIES = 'a number from 1 to 10000';

/** A number of entries. */
export const entries = z.coerce
  .number(ACCEPTED_ENTRIES)
  .check(
    z.int(ACCEPTED_ENTRIES),
    z.minimum(1, ACCEPTED_ENTRIES),
    z.maximum(10_000, ACCEPTED_ENTRIES),
  );

/** How many entries an answer has at most. */
export const limit = (standard: number) => {
  return z._default(entries, standard).check(z.describe('At most so many entries.'));
};

/** How many entries of the beginning an answer leaves out. */
export const skip = () => {
  const accepted = 'a number from 0 to 10000000';
  const number = z.coerce
    .number(accepted)
    .check(z.int(accepted), z.minimum(0, accepted), z.maximum(10_000_000, accepted));
  return z._default(number, 0).check(z.describe('So many entries of the beginning are left out.'));
};

/** A choice of a body. */
export const choice = (meaning: string) =>
  z._default(z.boolean('true or false'), false).check(z.describe(meaning));

/** A choice of a query. */
export const flag = z.stringbool({
  ...{ truthy: ['true'], falsy: ['false'], case: 'sensitive', error: 'true or false' },
});

/** A time of the input. */
export const inputTime = (meaning: string) =>
  z.iso
    .datetime({ offset: true, error: 'a time, such as 2026-11-30T10:00:00Z' })
    .check(z.meta({ description: meaning, format: 'date-time', pattern: undefined }));
