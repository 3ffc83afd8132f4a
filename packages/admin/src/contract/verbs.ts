import { STATUS } from './status.ts';

/** Every verb of the admin API, by its name. */
export const VERBS = {
  status: STATUS,
} as const;

export type Verbs = typeof VERBS;
export type VerbName = keyof Verbs;
