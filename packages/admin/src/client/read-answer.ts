import { asList, asObject, escapeUnprintable, parseObject } from '@registry-cache/domain';
import { type HttpAnswer, parseJson } from '@registry-cache/runtime';
import type { Verb } from '../contract/verb.ts';
import { type AdminPlace, describePlace } from './place.ts';

/** The admin API cannot be reached. */
export class AdminAwayError extends Error {
  readonly code = 'ADMIN_AWAY';
}

/** The admin API has refused a request, and says why. */
export class AdminRefusalError extends Error {
  readonly code = 'ADMIN_REFUSAL';
}

/** The server is no admin API of this version. */
export class AdminVersionError extends Error {
  readonly code = 'ADMIN_VERSION';
}

type Answered = Pick<HttpAnswer, 'status' | 'body'>;

/**
 * Reads what a verb has answered.
 * @throws AdminRefusalError with the reason of a refusal; AdminVersionError for a server that does not
 * know the verb, or answers in another way.
 */
export function parseAnswer<Output>(
  verb: Verb<unknown, Output>,
  answer: Answered,
  place: AdminPlace,
): Output {
  if (answer.status !== 200) throw createRefusal(verb, answer, place);
  try {
    return parseJson(answer.body, verb.output);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const found = `an answer of another version to ${verb.name} (${why})`;
    const where = describePlace(place);
    throw new AdminVersionError(`${where}: found ${found}; accepted: ${verb.name} of this version`);
  }
}

/** For an answer whose status is not 200. */
export function createRefusal(
  { name }: Pick<Verb, 'name'>,
  { status, body }: Answered,
  place: AdminPlace,
): Error {
  const where = describePlace(place);
  if (status !== 404) {
    return new AdminRefusalError(`${where}: ${readMessage(body) ?? `answered ${status}`}`);
  }
  const accepted = `a registry-cache of this command's version`;
  return new AdminVersionError(`${where}: found a server without ${name}; accepted: ${accepted}`);
}

/** For a connection that failed. */
export function createAwayError(error: unknown, place: AdminPlace): AdminAwayError {
  const why = error instanceof Error ? error.message : String(error);
  const accepted =
    'socketPath' in place ? 'the socket of a running cache' : 'ADMIN_LISTEN of a running cache';
  return new AdminAwayError(
    `${describePlace(place)}: found nothing that answers (${why}); accepted: ${accepted}`,
  );
}

function readMessage(body: string): string | undefined {
  const [first] = asList(parseObject(Buffer.from(body)).errors);
  const { message } = asObject(first);
  return typeof message === 'string' ? escapeUnprintable(message) : undefined;
}
