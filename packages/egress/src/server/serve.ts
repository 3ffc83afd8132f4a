import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@registry-cache/domain';
import { answer } from '../answer/answer.ts';
import type { AnswerError } from '../answer/answer-error.ts';
import type { Question, Source } from '../answer/question.ts';
import type { RecentErrors } from '../answer/recent-errors.ts';
import { toAnswerError } from '../answer/upstream-error.ts';
import type { BlobFetches } from '../fetch/blob-fetches.ts';
import type { EgressMetrics } from '../metrics/metrics.ts';
import type { Prefetches } from '../prefetch/prefetch.ts';
import type { Room } from '../room/room.ts';
import type { ContentStore } from '../store/content-store.ts';
import type { Lease } from '../upstream/upstreams.ts';
import { readQuestion } from './read-question.ts';
import { sendAnswer, sendError } from './respond.ts';

export interface ServeParts {
  readonly recentErrors: RecentErrors;
  readonly store: ContentStore;
  readonly room: Room;
  readonly fetches: BlobFetches;
  readonly prefetches: Prefetches;
  readonly metrics: EgressMetrics;
  readonly logger: Logger;
}

/** Set by the hot lane when it asks for the reason of an engine's error. */
const ENGINE_STATUS = 'x-engine-status';

/**
 * Answers one request to one upstream. An error before the body is told in the OCI shape, one
 * within it destroys the connection: nobody may take a part for the whole.
 */
export async function serve(
  parts: ServeParts,
  lease: Lease,
  request: IncomingMessage,
  response: ServerResponse,
  takesFiles: boolean,
): Promise<void> {
  const { metrics, recentErrors } = parts;
  const { id, key } = lease.upstream;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let question: Question | undefined;
  try {
    question = readQuestion(request, takesFiles, gone.signal);
    if (request.headers[ENGINE_STATUS] !== undefined) recentErrors.rethrow(id, question.target);
    const found = await answer(sourceOf(lease, parts), question);
    metrics.requests.inc({ upstream: key, kind: question.path.kind, status: found.status });
    await sendAnswer(response, found, (count) => metrics.bytes.inc({ upstream: key }, count));
    recentErrors.forget(id, question.target);
  } catch (error) {
    if (gone.signal.aborted) return;
    const failure = await toAnswerError(error, key);
    if (question !== undefined) recentErrors.remember(id, question.target, failure);
    metrics.errors.inc({ upstream: key, phase: failure.phase });
    report(parts.logger, key, request, failure, response.headersSent);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const kind = question?.path.kind ?? 'other';
    metrics.requests.inc({ upstream: key, kind, status: failure.status });
    sendError(response, failure);
  }
}

function sourceOf(lease: Lease, parts: ServeParts): Source {
  const { upstream, client, timeouts } = lease;
  const { id, key, connectionsPerBlob, prefetchMaxBytes } = upstream;
  const { store, room, fetches, prefetches, metrics, logger } = parts;
  return {
    upstreamId: id,
    key,
    client,
    timeouts,
    store,
    room,
    fetches,
    connectionsPerBlob,
    prefetches,
    prefetchMaxBytes,
    onResume: () => metrics.resumes.inc({ upstream: key }),
    onReceived: (bytes) => metrics.fetchedBytes.inc({ upstream: key }, bytes),
    onFetchEnd: ({ digest, outcome, cause }) => {
      metrics.fetches.inc({ upstream: key, outcome });
      const error = cause instanceof Error ? cause.message : undefined;
      // Why a fetch failed is said where someone waited for it.
      const level = outcome === 'unkept' ? 'warn' : 'debug';
      logger[level]({ upstream: key, digest, outcome, error }, 'blob fetched');
    },
    hold: () => lease.share().release,
  };
}

function report(
  logger: Logger,
  upstream: string,
  { method, url }: IncomingMessage,
  { status, phase, message }: AnswerError,
  bodyCut: boolean,
): void {
  const level = status === 404 || status === 405 ? 'debug' : 'warn';
  const path = url?.split('?')[0];
  const what = bodyCut ? 'body cut short' : 'upstream gave no good answer';
  logger[level]({ upstream, method, path, status, phase, error: message }, what);
}
