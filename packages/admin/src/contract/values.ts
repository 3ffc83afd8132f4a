import * as z from 'zod/mini';

/** An ISO 8601 time in UTC. */
export const time = (meaning: string) =>
  z.string().check(z.meta({ description: meaning, format: 'date-time' }));

export const bytes = (meaning: string) => z.number().check(z.describe(meaning));

export const count = (meaning: string) => z.number().check(z.describe(meaning));

export const text = (meaning: string) => z.string().check(z.describe(meaning));
