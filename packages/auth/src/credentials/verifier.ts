import { createHmac, randomBytes } from 'node:crypto';
import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
import type { Accounts } from '../accounts/accounts.ts';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { htpasswdLogin, type Login } from '../accounts/login.ts';
import { QueueFullError, SourceLimitedError } from '../limits/queue-errors.ts';
import { createSourceFailures, FAILURE_LIMITS } from '../limits/source-failures.ts';
import type { AuthReport } from '../report/report.ts';
import type { Credentials } from './credentials.ts';
import { createFairQueue } from './fair-queue.ts';

/** The client of a request. */
export interface Client {
  /** The address, or the IPv6 network, under which failures are counted. */
  readonly source: string;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

export interface Verifier {
  /**
   * The login of these credentials; undefined if the password is not this user's.
   *
   * @throws SourceLimitedError if too many wrong passwords came from this source
   * @throws QueueFullError if too many passwords wait already
   */
  verify(credentials: Credentials, client: Client): Promise<Login | undefined>;
  /** The number of passwords that wait for a check. */
  readonly waiting: number;
}

export interface VerifierDeps {
  readonly accounts: Accounts;
  /** Compares a password with a bcrypt hash. */
  readonly compare: (password: string, hash: string) => Promise<boolean>;
  /** In milliseconds. */
  readonly now: () => number;
  readonly report: AuthReport;
}

/** The two memories take some 2 MB when they are full. */
const MAX_REMEMBERED = 10_000;
/** The edge waits ten seconds for a response, so `waitMs` is shorter. */
const QUEUE_LIMITS = { waitingPerUser: 2, waitingPerSource: 32, waiting: 512, waitMs: 8_000 };

/**
 * Checks credentials by bcrypt, once for each pair of name and password. Callers that ask at the
 * same time share one check.
 *
 * A pair is remembered while the user's line in the htpasswd file stays the same, by a hash with a
 * key that never leaves this process. Right and wrong pairs have memories of their own, so that
 * guesses do not push users out. Remembered pairs are answered at once, even for a source with
 * failures.
 */
export function createVerifier({ accounts, compare, now, report }: VerifierDeps): Verifier {
  const hashKey = randomBytes(32);
  const failures = createSourceFailures(FAILURE_LIMITS, now);
  const queue = createFairQueue(QUEUE_LIMITS, failures);
  const accepted = createBoundedMap<string, true>(MAX_REMEMBERED);
  const refused = createBoundedMap<string, true>(MAX_REMEMBERED);
  const checks = new SingleFlight<boolean>();

  /** @param hash of the user; undefined for an unknown user */
  async function check(credentials: Credentials, hash: string | undefined, context: CheckContext) {
    const { username, password } = credentials;
    const { source } = context;
    const owner = { source, user: username, gone: context.gone };
    const matches = await queue.run(owner, async () => {
      const isRight = await compare(password.reveal(), hash ?? createDecoy(context.users));
      // Count it before the next job has its turn.
      if (!isRight || hash === undefined) failures.add(source);
      return isRight && hash !== undefined;
    });
    (matches ? accepted : refused).set(context.key, true);
    if (matches) report.accepted();
    // An unknown name may be a password that was typed into the wrong field, so it is not reported.
    else report.refused(source, { user: hash && username });
    return matches;
  }

  async function checkOrReport(
    credentials: Credentials,
    hash: string | undefined,
    context: CheckContext,
  ) {
    try {
      return await check(credentials, hash, context);
    } catch (error) {
      if (error instanceof SourceLimitedError) report.limited(context.source);
      if (error instanceof QueueFullError) report.turnedAway();
      throw error;
    }
  }

  return {
    get waiting() {
      return queue.waiting;
    },
    async verify(credentials, { source, gone }) {
      const users = await accounts.current();
      // Without an htpasswd file no password is right, so none is worth a turn.
      if (users.size === 0) {
        report.refused(source, {});
        return undefined;
      }
      const { username } = credentials;
      const hash = users.get(username);
      const login = hash === undefined ? undefined : htpasswdLogin(username, hash);
      const key = hashPair(hashKey, credentials, hash);
      if (accepted.get(key) || refused.get(key)) {
        report.remembered();
        return accepted.get(key) && login;
      }
      const work = (allGone: AbortSignal) =>
        checkOrReport(credentials, hash, { key, source, gone: allGone, users });
      const matches = await checks.join(key, work, gone);
      return matches ? login : undefined;
    },
  };
}

interface CheckContext {
  readonly key: string;
  readonly source: string;
  readonly gone: AbortSignal;
  readonly users: PasswordHashes;
}

/**
 * A key for the memories. Names have no colon and hashes no line break, so no two pairs collide.
 */
function hashPair(key: Buffer, { username, password }: Credentials, hash = ''): string {
  const text = `${hash}\n${username}:${password.reveal()}`;
  return createHmac('sha256', key).update(text).digest('base64');
}

/**
 * A hash that no password has, as expensive as the most expensive hash of the file. Passwords of
 * unknown users are compared with it, so that the response time does not tell which users exist.
 */
function createDecoy(users: PasswordHashes): string {
  const costs = [...users.values()].map((hash) => hash.slice(4, 6)).sort();
  return `$2b$${costs.at(-1) ?? '10'}$${'.'.repeat(53)}`;
}
