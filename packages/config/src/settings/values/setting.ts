import type { ParseValue } from './value.ts';

/** One environment variable. */
export interface Setting<T> {
  /** The value where the variable is not set, as an operator would write it. */
  readonly default: string;
  readonly help: string;
  readonly parse: ParseValue<T>;
}
