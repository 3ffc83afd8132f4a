// The small build of zod: the large one takes several MB of memory.
import type * as z from 'zod/mini';

/** One thing that the admin API does. The path, the OpenAPI file and the client come from it. */
export interface Verb<Input = unknown, Output = unknown> {
  /** The last part of its path, such as `status` of `/api/v1/status`. */
  readonly name: string;
  /** Its work in one sentence, for the OpenAPI file. */
  readonly summary: string;
  /** `GET` only reads, and has its input in the query. `POST` has it as a body of JSON. */
  readonly method: 'GET' | 'POST';
  /** The media type of a body that is no JSON. Then a `POST` has its input in the query, too. */
  readonly bodyType?: string;
  /** The media type of an answer that is no JSON. The trailer `OUTCOME_TRAILER` has `output` then. */
  readonly answerType?: string;
  /**
   * A flat object. The message of each check is what is accepted, such as `a number from 1 to 1000`.
   * Values of a query are texts, so numbers of a `GET` are `z.coerce.number`.
   */
  readonly input: z.ZodMiniType<Input>;
  readonly output: z.ZodMiniType<Output>;
  /** The most bytes that the body of a `POST` may have; left out: 64 KiB. */
  readonly bodyBytes?: number;
}

export const API_PREFIX = '/api/v1/';

/** Each POST has it: a form of a foreign page cannot send it. */
export const CHANGE_HEADER = { name: 'X-Registry-Cache', key: 'x-registry-cache' } as const;

/**
 * Ends an answer that is no JSON: one without it is not whole. Its value is JSON in ASCII. In headers
 * of Node.js, which are lower-case, it is `key`.
 */
export const OUTCOME_TRAILER = {
  ...{ name: 'X-Registry-Cache-Outcome', key: 'x-registry-cache-outcome' },
} as const;

export const TAR = 'application/x-tar';

/** Keeps the types of the schemas. */
export function defineVerb<Input, Output>(verb: Verb<Input, Output>): Verb<Input, Output> {
  return verb;
}

export type InputOf<V> = V extends { readonly input: z.ZodMiniType<infer Input> } ? Input : never;
export type OutputOf<V> = V extends {
  readonly output: z.ZodMiniType<infer Output>;
}
  ? Output
  : never;
