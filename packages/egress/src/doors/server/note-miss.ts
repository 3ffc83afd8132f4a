import type { IncomingHttpHeaders } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { EventLog } from '@registry-cache/runtime';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
import type { MissNote, RegistryResponse } from '../../cache/contract/registry-response.ts';
import type { RegistryError } from '../../wire/errors/registry-error.ts';
import { readRequestId } from './request-id.ts';

const MAX_ERROR_LENGTH = 500;

/** The content that was asked for. */
interface Asked {
  /** The upstream's name. */
  readonly upstream: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined for one that could not be read. */
  readonly request: Pick<RegistryRequest, 'path' | 'target' | 'noFetch'> | undefined;
}

export interface NoteMissDeps {
  readonly events: Pick<EventLog, 'record'>;
  readonly now: () => number;
}

/** Tells the history why a response is no hit. */
export function noteMiss(deps: NoteMissDeps, asked: Asked, response: RegistryResponse): void {
  const cache = response.headers[INTERNAL_HEADERS.cache.key];
  if (cache !== 'MISS' && cache !== 'STALE') return;
  const other: MissNote = { why: asked.request?.noFetch === undefined ? 'list' : 'no-fetch' };
  record(deps, asked, response.miss ?? other);
}

/**
 * Tells the history why there was no answer. What a registry does not have, or refuses, is no
 * failure, and clients can ask for any amount of it.
 */
export function noteFailure(
  deps: NoteMissDeps,
  asked: Asked,
  { status, message }: RegistryError,
): void {
  if (status >= 500 || status === 429) record(deps, asked, { why: 'failed', error: message });
}

/** Requests of engines and of peers have no line in the access log. */
function record(
  { events, now }: NoteMissDeps,
  { upstream, headers, request }: Asked,
  { why, error }: MissNote,
): void {
  const id = readRequestId(headers);
  if (id === undefined || headers[INTERNAL_HEADERS.fromPeer.key] !== undefined) return;
  const time = new Date(now()).toISOString();
  events.record({
    ...{ event: 'miss', time, id, upstream, repository: request?.path.repository },
    // As the edge cuts it out of the path.
    reference: request?.target.replace(/\?.*$/s, '').split('/').at(-1),
    ...{ why, error: error?.slice(0, MAX_ERROR_LENGTH) },
  });
}
