import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@registry-cache/domain';
import { toAnswerError } from '../answer/upstream-error.ts';
import { callerUpstream } from '../server/boot-auth.ts';
import type { DoorParts } from '../server/door.ts';
import { sendError, sendText } from '../server/respond.ts';
import { pass } from './pass.ts';

const PREFIX = '/pass';

export type PassParts = Pick<DoorParts, 'bootSecret' | 'refresh' | 'upstreams'> & {
  readonly logger: Logger;
};

/**
 * `/pass/…`, for the edge alone: what is no pull, to the registry itself.
 * @returns whether the request was one of these.
 */
export async function servePass(
  parts: PassParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (!request.url?.startsWith(`${PREFIX}/`)) return false;
  const path = request.url.slice(PREFIX.length);
  const id = callerUpstream(request, await parts.bootSecret());
  await parts.refresh();
  const lease = id === undefined ? undefined : parts.upstreams.lease(id);
  if (lease === undefined) {
    sendText(response, 404, 'no such upstream\n', { 'content-type': 'text/plain' });
    return true;
  }
  try {
    await pass(lease, path, request, response);
  } catch (error) {
    await answerFailure(parts, lease.upstream.key, path, error, request, response);
  } finally {
    lease.release();
  }
  return true;
}

async function answerFailure(
  { logger }: PassParts,
  key: string,
  path: string,
  error: unknown,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (response.destroyed) return;
  const failure = await toAnswerError(error, key);
  const fields = { upstream: key, method, path: path.split('?')[0], error: failure.message };
  if (response.headersSent) {
    logger.warn(fields, 'what was passed on broke off');
    response.destroy();
  } else if (path === '/v2/' || path === '/v2') {
    // Who only wants to pull needs no login for what is here.
    sendText(response, 200, '{}', { 'content-type': 'application/json' });
  } else {
    logger.warn(fields, 'could not pass on');
    sendError(response, failure);
  }
}
