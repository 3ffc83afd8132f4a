import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EgressState, INTERNAL_PATHS } from '@registry-cache/domain';
import { sendJson, sendText } from './respond.ts';

const TEXT = 'text/plain; charset=utf-8';
const METRICS = 'text/plain; version=0.0.4; charset=utf-8';

/** What the pages tell. */
export interface LocalPages {
  readonly metricsText: () => Promise<string>;
  readonly state: () => EgressState;
}

/**
 * Serves `/readyz`, `/metrics` and `/state`, on the unix socket alone: whoever can open it needs no secret.
 * @returns whether the request was for one of these pages.
 */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  { metricsText, state }: LocalPages,
): Promise<boolean> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (request.url === INTERNAL_PATHS.ready.name)
    sendText(response, 200, 'ok', { 'content-type': TEXT });
  else if (request.url === INTERNAL_PATHS.metrics.name) {
    sendText(response, 200, await metricsText(), { 'content-type': METRICS });
  } else if (request.url === INTERNAL_PATHS.state.name) {
    sendJson(response, 200, JSON.stringify(state()));
  } else return false;
  return true;
}
