import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { AdminError, type AdminErrorCode } from '../../contract/admin-error.ts';
import type { Operator } from '../../logins/operator.ts';
import { formatNotice, type Notice, type NoticeLink } from './format-notice.ts';

/** A browser asks for a login at the first, and forgets it at the second. The page links to both. */
export const LOGIN_PATHS = { login: '/login', logout: '/logout' } as const;

const PAGE: NoticeLink = { path: '/', label: 'Go to the page' };
const LOG_IN: NoticeLink = { path: LOGIN_PATHS.login, label: 'Log in' };
const LOG_OUT: NoticeLink = { path: LOGIN_PATHS.logout, label: 'Log out' };

/**
 * Sends somebody with a good login to the page. A browser keeps the part of the address behind `#`.
 * @throws AdminError `UNAUTHORIZED` without a login, whose challenge makes the browser ask for one.
 */
export function sendLogin({ user, mayLogIn }: Operator, response: ServerResponse): void {
  if (user === undefined && mayLogIn) {
    throw new AdminError('UNAUTHORIZED', 'a user name and password are required');
  }
  response.writeHead(303, { location: PAGE.path, 'cache-control': 'no-store' }).end();
}

/**
 * Makes a browser forget the login that it has just sent: it is refused here, whoever it is of. There
 * is no challenge as RFC 9110 (section 15.5.2) wants it, since the browser would ask for a new one.
 */
export function sendLogout(request: IncomingMessage, response: ServerResponse): void {
  const message =
    'You are logged out. A browser that still names you keeps the login until all its windows are closed.';
  sendNotice(request, response, 401, { message, links: [PAGE, LOG_IN] });
}

/** Whether people see the answer, in place of the page. */
export function isForPeople({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.accept?.includes('text/html') ?? false;
}

/** An error as people see it, with what they may do about it. */
export function sendErrorNotice(
  request: IncomingMessage,
  response: ServerResponse,
  { code, status, message }: Pick<AdminError, 'code' | 'status' | 'message'>,
  headers: OutgoingHttpHeaders,
): void {
  const notice = { message, links: chooseLinks(code) };
  sendNotice(request, response, status, notice, headers);
}

function chooseLinks(code: AdminErrorCode): readonly NoticeLink[] {
  if (code === 'UNAUTHORIZED') return [LOG_IN, PAGE];
  // Somebody else may have the right.
  return code === 'DENIED' ? [LOG_OUT] : [PAGE];
}

function sendNotice(
  { method }: Pick<IncomingMessage, 'method'>,
  response: ServerResponse,
  status: number,
  notice: Notice,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = formatNotice(notice);
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'content-security-policy':
        "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ...headers,
    })
    .end(method === 'HEAD' ? undefined : body);
}
