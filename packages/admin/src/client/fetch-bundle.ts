import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EXPORT, type ExportOutcome } from '../contract/export.ts';
import { API_PREFIX, OUTCOME_TRAILER } from '../contract/verb.ts';
import type { VerbInput } from '../contract/verbs.ts';
import { type AdminPlace, describePlace, openChange } from './place.ts';
import { createAwayError, createRefusal, parseAnswer } from './read-answer.ts';

/** A transfer has ended before its end. */
class TransferCutError extends Error {
  readonly code = 'TRANSFER_CUT';
}

/** Where a bundle goes. */
export interface BundleSink {
  /** It stays open. */
  readonly out: Writable;
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks for a bundle, and writes it.
 * @throws as `askAdmin`; the error of `out`; TransferCutError for a bundle that is not whole.
 */
export async function fetchBundle(
  input: VerbInput<'export'>,
  { out, onBytes, signal }: BundleSink,
  place: AdminPlace,
): Promise<ExportOutcome> {
  const incoming = await order(JSON.stringify(input), place, signal);
  if (incoming.statusCode !== 200) {
    const answer = { status: incoming.statusCode ?? 0, body: await text(incoming) };
    throw createRefusal(EXPORT, answer, place);
  }
  for await (const piece of untilCut(incoming)) {
    if (out.errored) throw out.errored;
    if (!out.write(piece)) await once(out, 'drain', { signal });
    onBytes(piece.length);
  }
  const outcome = incoming.trailers[OUTCOME_TRAILER.key];
  if (incoming.complete && outcome !== undefined) {
    return parseAnswer(EXPORT, { status: 200, body: outcome }, place);
  }
  const found = 'an answer that was cut';
  throw new TransferCutError(
    `${describePlace(place)}: found ${found}; accepted: a whole bundle; its log may say why`,
  );
}

/** An answer that was cut has no trailer, which tells it. */
async function* untilCut(incoming: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* incoming;
  } catch {
    return;
  }
}

async function order(
  json: string,
  place: AdminPlace,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const headers = {
    ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) },
    te: 'trailers',
  };
  try {
    const outgoing = openChange(place, `${API_PREFIX}${EXPORT.name}`, headers, signal);
    outgoing.on('error', () => undefined).end(json);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return incoming;
  } catch (error) {
    throw createAwayError(error, place);
  }
}
