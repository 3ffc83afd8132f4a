import type { RequestAnswer } from '../../contract/requests.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerRefusals } from '../refusals/answer-refusals.ts';

/** More equal refusals than these within the second are one record. */
const LIMIT = 200;
/** The audit log may have the refusal a little before or after the time of the request. */
const NEAR_MS = 5_000;

/** Names the rule that refused a request, as the audit log has it. Others stay as they are. */
export async function tellRule(
  request: RequestAnswer,
  deps: Pick<AnswerDeps, 'options' | 'auditLog'>,
): Promise<RequestAnswer> {
  if (request.code !== 'refused') return request;
  const atMs = Date.parse(request.time);
  const since = new Date(atMs - NEAR_MS).toISOString();
  const untilMs = atMs + request.ms + NEAR_MS;
  const { refusals } = await answerRefusals({ limit: LIMIT, since }, deps);
  // Clients may give one id to many requests.
  const found = refusals.find(({ id, time }) => id === request.id && Date.parse(time) <= untilMs);
  if (found === undefined) return request;
  const { by, rule, reason } = found;
  const name = rule === undefined ? '' : `${by}, rule ${rule}`;
  const text = [name, reason].filter((part) => part !== '').join(': ');
  return text === '' ? request : { ...request, reason: `it was refused by ${text}` };
}
