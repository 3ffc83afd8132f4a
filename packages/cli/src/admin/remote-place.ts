import { readFileSync } from 'node:fs';
import type { RemotePlace } from '@registry-cache/admin';
import { InvalidInputError, quoteFound } from '@registry-cache/domain';

export interface ServerOptions {
  readonly server?: string;
  readonly ca?: string;
}

/** Variables of the command line, not of the cache. */
const LOGIN = 'REGISTRY_CACHE_LOGIN';
const LOGIN_FILE = 'REGISTRY_CACHE_LOGIN_FILE';

/**
 * Reads where the admin API is. The login comes from the environment or a file, never from an
 * argument, which other users of the machine could see.
 *
 * @returns undefined without `--server`.
 * @throws InvalidInputError, which never shows the login; the system's error for a missing file.
 */
export function readRemotePlace(
  { server, ca }: ServerOptions,
  environment: NodeJS.ProcessEnv,
): RemotePlace | undefined {
  if (server === undefined) {
    if (ca === undefined) return undefined;
    throw invalid('--ca', quoteFound(ca), 'only together with --server');
  }
  return {
    server: parseServer(server),
    ca: ca === undefined ? undefined : readFileSync(ca, 'utf8'),
    login: readLogin(environment),
  };
}

function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '';
  const hasLogin = url !== undefined && (url.username !== '' || url.password !== '');
  if (url?.protocol === 'https:' && isPlain && !hasLogin) return url.origin;
  // A login in it is a secret.
  const found = hasLogin ? 'a login within the URL' : quoteFound(text);
  throw invalid('--server', found, `https://HOST:PORT, with the login in ${LOGIN}`);
}

function readLogin(environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment[LOGIN_FILE];
  const login = environment[LOGIN] ?? (file && readFileSync(file, 'utf8').trim());
  if (login === undefined || login === '') return undefined;
  if (/^[^:\p{Cc}]+:[^\p{Cc}]*$/u.test(login)) return login;
  throw invalid(LOGIN, `${login.length} characters`, 'USER:PASSWORD on one line');
}

function invalid(path: string, found: string, accepted: string): InvalidInputError {
  return new InvalidInputError([{ path, found, accepted }]);
}
