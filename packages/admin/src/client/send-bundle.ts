import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { IMPORT, type ImportAnswer } from '../contract/import.ts';
import { API_PREFIX } from '../contract/verb.ts';
import type { VerbInput } from '../contract/verbs.ts';
import { formatQuery } from './ask-admin.ts';
import { type AdminPlace, openChange } from './place.ts';
import { createAwayError, parseAnswer } from './read-answer.ts';

/**
 * Sends a bundle, and waits until it is imported.
 * @throws as `askAdmin`, and the error of `bundle`, whose transfer is cut then.
 */
export async function sendBundle(
  input: VerbInput<'import'>,
  bundle: Readable,
  place: AdminPlace,
): Promise<ImportAnswer> {
  const path = `${API_PREFIX}${IMPORT.name}?${formatQuery(input)}`;
  const outgoing = openChange(place, path, { 'content-type': IMPORT.bodyType ?? '' });
  const answer = await readAnswer(outgoing, bundle).catch((error: unknown) => {
    throw error === bundle.errored ? error : createAwayError(error, place);
  });
  return parseAnswer(IMPORT, answer, place);
}

/** A refusal may come before the end of the body, and then the rest is not sent. */
function readAnswer(
  outgoing: ClientRequest,
  bundle: Readable,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    outgoing.once('response', (incoming: IncomingMessage) => {
      isAnswered = true;
      const status = incoming.statusCode ?? 0;
      text(incoming)
        .then((body) => resolve({ status, body }), reject)
        .finally(() => outgoing.destroy());
    });
    outgoing.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    pipeline(bundle, outgoing).catch((error: unknown) => {
      if (!isAnswered) reject(error);
    });
  });
}
