import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { compileOperators, OPERATOR_RULES } from '@registry-cache/access';
import { INTERNAL_HEADERS, type RemoteAdminOptions } from '@registry-cache/domain';
import { type Audit, type Logger, parseJson, watchFile } from '@registry-cache/runtime';
import { AdminError } from '../contract/admin-error.ts';
import { askAuth, type GoodLogin } from './ask-auth.ts';
import type { FindOperator, Operator } from './operator.ts';

export interface RemoteOperatorDeps {
  readonly audit: Pick<Audit, 'record'>;
  readonly log: Logger;
}

const NO_LOGIN: GoodLogin = { user: undefined, groups: [] };

/**
 * Finds out who asks from elsewhere, by the logins that clients have. Follows the file of rules:
 * while it is missing or broken, the last good rules stay.
 *
 * @throws Error if the file is bad at the start; config never hands such a file over.
 */
export async function openFindRemoteOperator(
  { authSocket, rulesFile }: Omit<RemoteAdminOptions, 'socket'>,
  { audit, log }: RemoteOperatorDeps,
): Promise<FindOperator> {
  const parse = (text: string) => {
    const rules = parseJson(text, OPERATOR_RULES);
    return { hasLogins: rules.hasLogins, rightsOf: compileOperators(rules) };
  };
  const watched = watchFile(rulesFile, parse(await readFile(rulesFile, 'utf8')), {
    parse,
    onChange: () => log.info({ file: rulesFile }, 'rules for operators read'),
    onBroken: (error) =>
      log.error({ file: rulesFile, err: error }, 'rules for operators are not usable'),
  });

  async function login(headers: IncomingHttpHeaders, address: string): Promise<GoodLogin> {
    const { authorization } = headers;
    if (authorization === undefined) return NO_LOGIN;
    const source = readHeader(headers, INTERNAL_HEADERS.source.key);
    try {
      return await askAuth(authSocket, authorization, source);
    } catch (error) {
      if (error instanceof AdminError && error.code === 'UNAUTHORIZED') {
        const user = nameTried(authorization);
        audit.record({ event: 'login-failed', user, from: address, way: 'api' });
      }
      throw error;
    }
  }

  return async (request): Promise<Operator> => {
    const { hasLogins, rightsOf } = await watched.current();
    const address = readHeader(request.headers, INTERNAL_HEADERS.address.key);
    const { user, groups } = hasLogins ? await login(request.headers, address) : NO_LOGIN;
    const rights = rightsOf({ user, groups, address });
    if (rights.size === 0 && user === undefined && hasLogins) {
      throw new AdminError('UNAUTHORIZED', 'a user name and password are required');
    }
    return { user, address, way: 'api', rights, mayLogIn: hasLogins };
  };
}

/** The edge overwrites these headers of a client. */
function readHeader(headers: IncomingHttpHeaders, key: string): string {
  return String(headers[key] ?? '');
}

const BASIC = /^basic +(?<encoded>[A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * The name in Basic credentials, for the audit log. It is empty for a Bearer token, and for a header
 * without credentials. The auth worker does not count such a header as a guess, so a client could
 * write any name into the audit log with it, as often as it likes.
 */
function nameTried(authorization: string): string {
  const encoded = BASIC.exec(authorization)?.groups?.encoded ?? '';
  const bytes = Buffer.from(encoded, 'base64');
  // Without a colon it may be a password.
  const [name = '', password] = isUtf8(bytes) ? bytes.toString('utf8').split(/:(.*)/s) : [];
  return password === undefined ? '' : name;
}
