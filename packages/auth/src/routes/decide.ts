import type { IncomingMessage } from 'node:http';
import {
  type Access,
  type Answer,
  answerRequest,
  type Caller,
  formatRefusal,
  type HoldingAnswer,
  mayPushParts,
} from '@registry-cache/access';
import { ANSWER_SECONDS, formatOciError, INTERNAL_HEADERS, isDigest } from '@registry-cache/domain';
import type { Rules } from '../access/open-rules.ts';
import { type AuthResponse, errorResponse } from '../http/response.ts';
import { formatAround, formatCaller, imageSuffix } from './answer-parts.ts';
import { type Question, readQuestion } from './read-question.ts';

/** Where a digest is looked up: in a repository of an upstream. */
export interface DigestPlace {
  readonly upstreamId: string;
  readonly repository: string;
  readonly digest: string;
  /** Whether that is a registry whose images are pushed here. */
  readonly isHosted: boolean;
}

export interface DecideDeps {
  readonly rules: () => Promise<Rules>;
  /** The tags that lead to a digest here. */
  readonly tagsLeadingTo: (place: DigestPlace) => Promise<readonly string[]>;
  /** Told of a group that an issuer claims for a user, and that only the rules can fill. */
  readonly onVainClaim: (group: string) => void;
}

/**
 * Answers the edge whether a request is allowed. `X-Answer` has the answer (`yes`, `no-fetch`,
 * `login` or `no`), what it holds for (`repository` or `reference`) and for how many seconds.
 * `by-login` follows where a client with a login may fetch, and `by-upload` where the client may not
 * pull the part that it asks for by HEAD, and may have uploaded it. The body is the error for the
 * client, where it gets one.
 */
export async function handleDecide(
  request: IncomingMessage,
  { rules, tagsLeadingTo, onVainClaim }: DecideDeps,
): Promise<AuthResponse> {
  const question = readQuestion((request.url ?? '').split('?')[1] ?? '');
  if (question === undefined) {
    return errorResponse(400, 'UNSUPPORTED', '/decide takes kind, address, upstream and method');
  }
  const { access, registries, groups, hosted } = await rules();
  const { caller, upstream, repository, kind } = question;
  for (const group of caller.groups) if (groups.has(group)) onVainClaim(group);
  if (kind === 'catalog') return answerCatalog(access.letsAnonymousIn, caller);
  const image = `${registries.get(upstream) ?? upstream}/${repository}`;
  const isHosted = hosted.has(upstream);
  const found = await answerRequest(access, { ...question, image, kind }, (digest) =>
    tagsLeadingTo({ upstreamId: upstream, repository, digest, isHosted }),
  );
  return respond(question, image, found, access);
}

function respond(
  question: Question,
  image: string,
  { answer, holdsFor, dependsOnStore }: HoldingAnswer,
  access: Access,
): AuthResponse {
  const { caller, kind, method, reference } = question;
  const isPull = (method === 'GET' || method === 'HEAD') && kind !== 'upload';
  const seconds = dependsOnStore ? ANSWER_SECONDS.byStore : ANSWER_SECONDS.steady;
  const mustLogIn = caller.user === undefined && !access.letsAnonymousIn;
  const said: Answer['kind'] = mustLogIn ? 'login' : answer.kind;
  const byLogin = answer.kind === 'no-fetch' && answer.loginMayHelp ? ' by-login' : '';
  const isRefused = answer.kind === 'login' || answer.kind === 'no';
  const isByUpload =
    isRefused &&
    !mustLogIn &&
    holdsFor === 'reference' &&
    method === 'HEAD' &&
    isDigest(reference) &&
    (kind === 'blob' || kind === 'manifest') &&
    mayPushParts(access, caller, image);
  const byUpload = isByUpload ? ' by-upload' : '';
  const headers: Record<string, string> = {
    [INTERNAL_HEADERS.answer.key]: `${said} ${holdsFor} ${seconds}${byLogin}${byUpload}`,
    // What else the caller may have is decided behind: tags of a list, blobs to mount, and parts that
    // it has uploaded.
    ...((kind === 'tags' || !isPull || isByUpload) && {
      [INTERNAL_HEADERS.caller.key]: formatCaller(caller),
    }),
  };
  if (answer.kind === 'yes') return { status: 200, headers };
  const name = `${image}${imageSuffix(reference)}`;
  const message = formatRefusal(caller, answer.verdict, name);
  const code = said === 'login' ? 'UNAUTHORIZED' : 'DENIED';
  headers[INTERNAL_HEADERS.refusal.key] = formatAround(caller, answer.verdict, image);
  return { status: 200, headers, body: formatOciError(code, message) };
}

/** Each entry of a catalog is decided where the list is made. */
function answerCatalog(letsAnonymousIn: boolean, caller: Caller): AuthResponse {
  const isIn = caller.user !== undefined || letsAnonymousIn;
  const headers = {
    [INTERNAL_HEADERS.answer.key]: `${isIn ? 'yes' : 'login'} reference ${ANSWER_SECONDS.steady}`,
    [INTERNAL_HEADERS.caller.key]: formatCaller(caller),
  };
  return { status: 200, headers, body: formatOciError('UNAUTHORIZED', 'authentication required') };
}
