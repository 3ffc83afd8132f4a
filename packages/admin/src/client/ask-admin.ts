import type { HttpAnswer } from '@registry-cache/runtime';
import { API_PREFIX, type Verb } from '../contract/verb.ts';
import { type JsonVerbName, VERBS, type VerbInput, type VerbOutput } from '../contract/verbs.ts';
import { type AdminPlace, sendTo } from './place.ts';
import { createAwayError, parseAnswer } from './read-answer.ts';

/**
 * Asks the admin API.
 * @throws AdminAwayError where nothing answers; AdminRefusalError with the reason of a refusal;
 * AdminVersionError for a server that does not know the verb, or answers in another way.
 */
export async function askAdmin<Name extends JsonVerbName>(
  name: Name,
  input: VerbInput<Name>,
  place: AdminPlace,
): Promise<VerbOutput<Name>> {
  const verb: Verb = VERBS[name];
  const answer = await ask(verb, input as Readonly<Record<string, unknown>>, place);
  return parseAnswer(verb, answer, place) as VerbOutput<Name>;
}

async function ask(
  { name, method }: Verb,
  input: Readonly<Record<string, unknown>>,
  place: AdminPlace,
): Promise<HttpAnswer> {
  const path = `${API_PREFIX}${name}`;
  try {
    if (method === 'POST') return await sendTo(place, path, JSON.stringify(input));
    return await sendTo(place, `${path}?${formatQuery(input)}`, undefined);
  } catch (error) {
    throw createAwayError(error, place);
  }
}

export function formatQuery(input: Readonly<Record<string, unknown>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input)) {
    if (value !== undefined) query.set(key, String(value));
  }
  return query;
}
