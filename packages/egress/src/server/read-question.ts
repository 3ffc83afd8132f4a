import type { IncomingMessage } from 'node:http';
import { parseRegistryPath, type RegistryPath } from '@registry-cache/domain';
import { AnswerError } from '../answer/answer-error.ts';
import type { Question } from '../answer/question.ts';

/** What of a query an upstream may see. */
const PASSED_QUERY: Readonly<Record<RegistryPath['kind'], readonly string[]>> = {
  manifest: [],
  blob: [],
  tags: ['n', 'last'],
  referrers: ['artifactType', 'n', 'last'],
};

/**
 * The question in a request.
 * @throws AnswerError 405 for other methods than GET and HEAD, 404 for paths that no pull asks for.
 */
export function readQuestion(
  request: IncomingMessage,
  takesFiles: boolean,
  signal: AbortSignal,
): Question {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    throw rejection(405, `${method} was asked; a cache answers GET and HEAD`, {
      allow: 'GET, HEAD',
    });
  }
  const [pathname = '', search = ''] = (request.url ?? '').split(/\?(.*)/s);
  const path = parseRegistryPath(pathname);
  if (path === undefined) {
    throw rejection(
      404,
      'not a path of a pull: accepted are /v2/ and <name>/manifests, blobs, tags/list and referrers below it',
    );
  }
  return {
    method,
    path,
    target: pathname + passedQuery(path.kind, search),
    accept: joined(request, 'accept'),
    range: joined(request, 'range'),
    ifNoneMatch: joined(request, 'if-none-match'),
    takesFiles,
    signal,
  };
}

function passedQuery(kind: RegistryPath['kind'], search: string): string {
  const given = new URLSearchParams(search);
  const names = PASSED_QUERY[kind];
  const passed = new URLSearchParams(
    [...given].filter(([name]) => names.includes(name)),
  ).toString();
  return passed === '' ? '' : `?${passed}`;
}

/** Several lines of one header, as clients send `Accept`, in one. */
function joined(request: IncomingMessage, name: string): string | undefined {
  return request.headersDistinct[name]?.join(', ');
}

function rejection(
  status: 404 | 405,
  message: string,
  headers: Record<string, string> = {},
): AnswerError {
  const code = status === 405 ? 'UNSUPPORTED' : 'NAME_UNKNOWN';
  return new AnswerError({ status, code, message, phase: 'request', headers });
}
