import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../answers/exchange.ts';
import { OUTCOME_TRAILER, TAR } from '../contract/verb.ts';

/**
 * The streams that a verb may read and write beside JSON.
 * @param onBody told when a verb reads the body itself, which may take long.
 */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  onBody: () => void,
): Exchange {
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort();
  });
  return {
    get body() {
      onBody();
      return request;
    },
    openBody() {
      return response.writeHead(200, {
        'x-content-type-options': 'nosniff',
        'content-type': TAR,
        'cache-control': 'no-store',
        trailer: OUTCOME_TRAILER.name,
      });
    },
    signal: left.signal,
  };
}

/** Ends an answer that is no JSON. */
export function endBody(response: ServerResponse, outcome: unknown): void {
  const json = JSON.stringify(outcome);
  // A header has no other characters.
  const ascii = json.replace(/[^ -~]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  response.addTrailers({ [OUTCOME_TRAILER.name]: ascii });
  response.end();
}
