/**
 * The ids of requests that the edge keeps from clients: one word of at most 64 characters, which no
 * log and no terminal reads as anything else. Edge and programs use the same pattern.
 */
export const REQUEST_ID_PATTERN = '^[A-Za-z0-9._:+=-]{1,64}$';

const REQUEST_ID = new RegExp(REQUEST_ID_PATTERN);

export function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text);
}
