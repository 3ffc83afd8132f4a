import { asList, asObject, escapeUnprintable, parseObject } from '@registry-cache/domain';
import { type HttpAnswer, parseJson } from '@registry-cache/runtime';
import { API_PREFIX, type InputOf, type OutputOf, type Verb } from '../contract/verb.ts';
import { VERBS, type VerbName, type Verbs } from '../contract/verbs.ts';
import { type AdminPlace, describePlace, sendTo } from './place.ts';

/** The admin API cannot be reached. */
export class AdminAwayError extends Error {
  readonly code = 'ADMIN_AWAY';
}

/** The admin API has refused a request, and says why. */
export class AdminRefusalError extends Error {
  readonly code = 'ADMIN_REFUSAL';
}

/** What answers is no admin API of this version. */
export class AdminVersionError extends Error {
  readonly code = 'ADMIN_VERSION';
}

/**
 * Asks the admin API.
 * @throws AdminAwayError where nothing answers; AdminRefusalError with the reason of a refusal;
 * AdminVersionError for a server that does not know the verb, or answers in another way.
 */
export async function askAdmin<Name extends VerbName>(
  name: Name,
  input: InputOf<Verbs[Name]>,
  place: AdminPlace,
): Promise<OutputOf<Verbs[Name]>> {
  const verb: Verb = VERBS[name];
  const { status, body } = await ask(verb, input as Readonly<Record<string, unknown>>, place);
  const where = describePlace(place);
  if (status === 404) {
    const accepted = `a registry-cache of this command's version`;
    throw new AdminVersionError(`${where}: found a server without ${name}; accepted: ${accepted}`);
  }
  if (status !== 200) {
    throw new AdminRefusalError(`${where}: ${readMessage(body) ?? `answered ${status}`}`);
  }
  try {
    return parseJson(body, verb.output) as OutputOf<Verbs[Name]>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const found = `an answer of another version to ${name} (${why})`;
    throw new AdminVersionError(`${where}: found ${found}; accepted: ${verb.name} of this version`);
  }
}

async function ask(
  { name, method }: Verb,
  input: Readonly<Record<string, unknown>>,
  place: AdminPlace,
): Promise<HttpAnswer> {
  const path = `${API_PREFIX}${name}`;
  try {
    if (method === 'POST') return await sendTo(place, path, JSON.stringify(input));
    const pairs = Object.entries(input).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams();
    for (const [key, value] of pairs) query.set(key, String(value));
    return await sendTo(place, `${path}?${query}`, undefined);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const accepted =
      'socketPath' in place ? 'the socket of a running cache' : 'ADMIN_LISTEN of a running cache';
    throw new AdminAwayError(
      `${describePlace(place)}: found nothing that answers (${why}); accepted: ${accepted}`,
    );
  }
}

function readMessage(body: string): string | undefined {
  const [first] = asList(parseObject(Buffer.from(body)).errors);
  const { message } = asObject(first);
  return typeof message === 'string' ? escapeUnprintable(message) : undefined;
}
