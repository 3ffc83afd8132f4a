import { asList, INTERNAL_HEADERS, INTERNAL_PATHS } from '@registry-cache/domain';
import { askSocket, type HttpAnswer } from '@registry-cache/runtime';
import { AdminError } from '../contract/admin-error.ts';

/** A login that the auth worker has found to be good. */
export interface GoodLogin {
  /** Undefined for a token that was made for clients without a login. */
  readonly user: string | undefined;
  readonly groups: readonly string[];
}

/** Longer than the auth worker lets a client wait for a check. */
const LIMITS = { timeoutMs: 10_000, limitBytes: 64 * 1024 };

/**
 * Asks the auth worker about an `Authorization`, as the edge does.
 * @param source the network by which wrong passwords are counted.
 * @throws AdminError for a login that is wrong, or cannot be checked just now.
 */
export async function askAuth(
  authSocket: string,
  authorization: string,
  source: string,
): Promise<GoodLogin> {
  const headers = { authorization, [INTERNAL_HEADERS.source.key]: source };
  const question = { socketPath: authSocket, path: INTERNAL_PATHS.verify.name, headers };
  const answer = await askSocket({ ...question, ...LIMITS }).catch(() => undefined);
  if (answer?.status === 200) return readLogin(answer);
  if (answer?.status === 429) {
    const message = 'too many wrong passwords came from this address; try again in a moment';
    throw new AdminError('TOOMANYREQUESTS', message);
  }
  // 401 for a wrong login; 400, or 431 beyond the limit, for a header that cannot be read.
  if (answer !== undefined && answer.status >= 400 && answer.status < 500) {
    throw new AdminError('UNAUTHORIZED', 'the user name or the password is wrong');
  }
  const message = 'the credentials cannot be checked just now; try again in a moment';
  throw new AdminError('UNAVAILABLE', message);
}

function readLogin({ headers }: HttpAnswer): GoodLogin {
  const user = readText(headers[INTERNAL_HEADERS.user.key]);
  const groups = readText(headers[INTERNAL_HEADERS.groups.key]);
  return {
    user: user === '' ? undefined : user,
    groups: groups === '' ? [] : asList(JSON.parse(groups)).map(String),
  };
}

/** Headers come as bytes of UTF-8. */
function readText(value: string | readonly string[] | undefined): string {
  return Buffer.from(String(value ?? ''), 'latin1').toString('utf8');
}
