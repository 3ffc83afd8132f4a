import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@registry-cache/domain';
import { acceptClass } from '../answer/accept-class.ts';
import { answer } from '../answer/answer.ts';
import type { AnswerError } from '../answer/answer-error.ts';
import type { Herd } from '../answer/herd.ts';
import type { Answer, Question, Source } from '../answer/question.ts';
import type { RecentErrors } from '../answer/recent-errors.ts';
import { toAnswerError } from '../answer/upstream-error.ts';
import type { ListingMemory } from '../listing/listing-memory.ts';
import type { EgressMetrics } from '../metrics/metrics.ts';
import type { Room } from '../room/room.ts';
import { listTagNames } from '../store/tag-names.ts';
import type { Lease } from '../upstream/upstreams.ts';
import { readQuestion } from './read-question.ts';
import { sendAnswer, sendError } from './respond.ts';

export interface ServeParts {
  readonly recentErrors: RecentErrors;
  readonly herd: Herd;
  readonly room: Room;
  readonly lists: ListingMemory;
  readonly storeRoot: string;
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
): Promise<void> {
  const { metrics, recentErrors } = parts;
  const { id, key } = lease.upstream;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let question: Question | undefined;
  try {
    question = readQuestion(request, gone.signal);
    recentErrors.rethrow(id, question, request.headers[ENGINE_STATUS] !== undefined);
    const found = await firstAnswer(parts, lease, question);
    metrics.requests.inc({ upstream: key, kind: question.path.kind, status: found.status });
    await sendAnswer(response, found, (count) => metrics.bytes.inc({ upstream: key }, count));
    recentErrors.forget(id, question);
  } catch (error) {
    if (gone.signal.aborted) return;
    const failure = await toAnswerError(error, key);
    if (question !== undefined) recentErrors.remember(id, question, failure);
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

/** Blobs and lists are shared by themselves; of those that want a manifest one asks first. */
function firstAnswer(parts: ServeParts, lease: Lease, question: Question): Promise<Answer> {
  const ask = () => answer(sourceOf(lease, parts), question);
  const { method, target, accept, path } = question;
  if (path.kind !== 'manifest') return ask();
  const key = [lease.upstream.id, method, target, acceptClass(accept)].join(' ');
  return parts.herd.ask(key, ask);
}

function sourceOf({ upstream, client, timeouts }: Lease, parts: ServeParts): Source {
  const { id, key } = upstream;
  const { metrics, room, lists, storeRoot } = parts;
  return {
    upstreamId: id,
    key,
    client,
    room,
    lists,
    listTags: (repository) => listTagNames(storeRoot, id, repository),
    timeouts,
    onResume: () => metrics.resumes.inc({ upstream: key }),
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
