import type { IncomingMessage } from 'node:http';
import { answerRequest, asksRegistry, type Caller, formatRefusal } from '@registry-cache/access';
import { ANSWER_SECONDS, formatOciError, INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Client } from '../credentials/verifier.ts';
import type { FindGuest } from '../guests/find-guest.ts';
import { type Guest, nameGuest } from '../guests/guest.ts';
import type { GuestRights, Right } from '../guests/guest-rights.ts';
import { type AuthResponse, errorResponse } from '../http/response.ts';
import { formatAround, formatCaller, imageSuffix } from './answer-parts.ts';
import type { DecideDeps } from './decide.ts';
import { type Question, readQuestion } from './read-question.ts';

export interface ConfirmDeps {
  readonly findGuest: FindGuest;
  readonly rights: GuestRights;
}

/** The edge asks again after this time. */
const LONGEST_SECONDS = 60;

/**
 * Answers the edge whether a registry lets the login of a guest pull, as `/decide` does. A rule that
 * denies counts first, so that the registry of a denied image is not asked. `X-Answer` may also be
 * `missing` (404) or `away` (503). With `at=registry` the request was for the registry's own name.
 *
 * @throws SourceLimitedError, QueueFullError
 */
export async function handleConfirm(
  request: IncomingMessage,
  { source }: Client,
  { rules, tagsLeadingTo }: Pick<DecideDeps, 'rules' | 'tagsLeadingTo'>,
  { findGuest, rights }: ConfirmDeps,
): Promise<AuthResponse> {
  const query = (request.url ?? '').split('?')[1] ?? '';
  const question = readQuestion(query);
  if (question === undefined || question.kind === 'catalog') {
    return errorResponse(400, 'UNSUPPORTED', '/confirm takes what /decide takes, of a repository');
  }
  const { access, registries, asked } = await rules();
  const { kind, upstream, repository, reference, method } = question;
  const registry = registries.get(upstream);
  const image = `${registry ?? upstream}/${repository}`;
  const { authorization } = request.headers;
  const guest =
    new URLSearchParams(query).get('at') === 'registry'
      ? findGuest.atRegistry(authorization)
      : await findGuest.byAuthorization(authorization, source);
  const isPull = method === 'GET' || method === 'HEAD';
  if (registry === undefined || guest === undefined || !isPull || !asksRegistry(asked, image)) {
    return respond('login', 'reference', 0, needLogin(image));
  }
  const caller = callerOf(guest, registry, question);
  const { answer, holdsFor, dependsOnStore } = await answerRequest(
    access,
    { caller, image, method, kind, reference },
    (digest) => tagsLeadingTo({ upstreamId: upstream, repository, digest, isHosted: false }),
  );
  if (answer.kind === 'no' || answer.kind === 'login') {
    const message = formatRefusal(caller, answer.verdict, image + imageSuffix(reference));
    const around = formatAround(caller, answer.verdict, image);
    const headers = { [INTERNAL_HEADERS.refusal.key]: around };
    return respond('no', 'reference', 0, formatOciError('DENIED', message), headers);
  }
  const part = partOf(kind, reference);
  const right = await rights.ask(guest, { upstreamId: upstream, repository, part }, source);
  if (right.kind !== 'yes') return respond(right.kind, 'reference', 0, right.body);
  const most = dependsOnStore ? ANSWER_SECONDS.byStore : LONGEST_SECONDS;
  const seconds = Math.min(right.seconds, most);
  const headers = {
    ...(kind === 'tags' && { [INTERNAL_HEADERS.caller.key]: formatCaller(caller) }),
    ...(answer.kind === 'no-fetch' && {
      [INTERNAL_HEADERS.refusal.key]: formatAround(caller, answer.verdict, image),
    }),
  };
  return respond(answer.kind, holdsFor, seconds, undefined, headers);
}

function callerOf(guest: Guest, registry: string, { caller }: Question): Caller {
  const { address } = caller;
  return { user: nameGuest(guest, registry), groups: [], address, isConfirmed: true };
}

function respond(
  said: Right['kind'] | 'no-fetch',
  holdsFor: 'repository' | 'reference',
  seconds: number,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): AuthResponse {
  const answer = { [INTERNAL_HEADERS.answer.key]: `${said} ${holdsFor} ${seconds}` };
  return { status: 200, headers: { ...headers, ...answer }, ...(body && { body }) };
}

function needLogin(image: string): string {
  return formatOciError('UNAUTHORIZED', `a login is needed for ${image}`);
}

/** The path behind the repository. */
function partOf(kind: Question['kind'], reference: string): string {
  if (kind === 'tags') return 'tags/list';
  return `${kind}s/${reference}`.replace(/^referrerss/, 'referrers');
}
