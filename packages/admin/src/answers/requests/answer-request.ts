import { askRequest, countRequests, lookAround, parseRequest } from '@registry-cache/history';
import { AdminError } from '../../contract/admin-error.ts';
import type { RequestAnswer } from '../../contract/requests.ts';
import { findLogLine } from '../../sources/find-log-line.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describeRequest } from './describe-request.ts';
import { tellRule } from './tell-rule.ts';

/**
 * Tells of the last request with an id, from the history, or else from the access log, which forgets
 * sooner and has the hits too.
 *
 * @throws AdminError for a request that neither remembers.
 */
export async function answerRequest(
  { id }: { readonly id: string },
  deps: AnswerDeps,
): Promise<RequestAnswer> {
  return tellRule(await findRequest(id, deps), deps);
}

async function findRequest(
  id: string,
  { history, options, nameOf }: AnswerDeps,
): Promise<RequestAnswer> {
  const known = await history.ask((database) => askRequest(database, id), undefined);
  if (known !== undefined) {
    const sameId = await history.ask((database) => countRequests(database, id), 1);
    return { ...describeRequest(known), ...(sameId > 1 && { sameId }) };
  }
  const line = await findLogLine(options.history.accessLog, id);
  const row = line === undefined ? undefined : parseRequest(line, nameOf);
  const past = row && (await history.ask((database) => lookAround(database, row), undefined));
  if (past !== undefined) return describeRequest(past);
  const accepted = 'one that the access log or the history still has';
  throw new AdminError('INVALID', `id: found ${id}; accepted: ${accepted}`);
}
