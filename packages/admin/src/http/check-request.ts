import type { IncomingMessage } from 'node:http';
import type { OperatorRight } from '@registry-cache/access';
import { quoteFound } from '@registry-cache/domain';
import { AdminError } from '../contract/admin-error.ts';
import { CHANGE_HEADER, type Verb } from '../contract/verb.ts';
import type { Operator } from '../logins/operator.ts';

/**
 * Checks that the operator may ask for a verb, or for the page.
 * @throws AdminError that names the right.
 */
export function checkRight(
  { user, rights }: Operator,
  { name, method }: Pick<Verb, 'name' | 'method'>,
): void {
  const right: OperatorRight = method === 'GET' ? 'view' : 'admin';
  if (rights.has(right)) return;
  const who = user ?? 'a client without a login';
  const message = `${who} may not ask for ${name}: access.${right} of the policy file does not name it`;
  throw new AdminError('DENIED', message);
}

/**
 * Checks that a change does not come from a page of somebody else, which a browser sends with the
 * operator's login. Such a page can send forms and plain texts alone, unless this server allows more.
 *
 * @throws AdminError that names what is missing.
 */
export function checkOrigin(
  { bodyType = 'application/json' }: Pick<Verb, 'bodyType'>,
  { headers }: Pick<IncomingMessage, 'headers'>,
): void {
  const { 'content-type': type = '' } = headers;
  const [essence = ''] = type.split(';');
  if (essence.trim().toLowerCase() !== bodyType) {
    const found = quoteFound(type);
    throw new AdminError('INVALID', `Content-Type: found ${found}; accepted: ${bodyType}`);
  }
  if (headers[CHANGE_HEADER.key] === undefined) {
    const message = `${CHANGE_HEADER.name}: found none; accepted: any word, which says that a change is meant`;
    throw new AdminError('INVALID', message);
  }
}

/**
 * A page of another site may have an image of ours in it, and the browser sends its remembered login
 * with that.
 *
 * @throws AdminError `DENIED` for a request that the browser says is of another site.
 */
export function checkSite({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const { 'sec-fetch-site': site = 'none' } = headers;
  if (site !== 'none' && site !== 'same-origin') {
    throw new AdminError('DENIED', 'a page of another site asks');
  }
}
