import { createHmac, randomBytes } from 'node:crypto';
import type { Logger } from '@registry-cache/domain';
import type { Accounts } from '../accounts/accounts.ts';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import type { Credentials } from './credentials.ts';
import { createFairQueue } from './fair-queue.ts';
import { createMemory, type Memory } from './memory.ts';

export interface Verifier {
  /**
   * Whether the password is this user's.
   *
   * @param client the address that asks, for taking turns
   * @throws QueueFullError when too many are waiting already
   */
  verify(credentials: Credentials, client: string): Promise<boolean>;
}

export interface VerifierDependencies {
  readonly accounts: Accounts;
  /** Compares a password with a bcrypt hash. */
  readonly compare: (password: string, hash: string) => Promise<boolean>;
  /** In milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
}

const ACCEPTED_MS = 60_000;
/** So that a client that hammers with a wrong password costs nothing. */
const REFUSED_MS = 5_000;
const MAX_REMEMBERED = 10_000;
const QUEUE_LIMITS = { waitingPerClient: 64, waiting: 1_024 };

/** All that is known about one content of the htpasswd file; a change begins a new era. */
interface Era {
  readonly users: PasswordHashes;
  readonly decoy: string;
  readonly memory: Memory<boolean>;
  readonly pending: Map<string, Promise<boolean>>;
}

/**
 * bcrypt, paid once for each pair of name and password and shared by all who ask at the time.
 * Pairs are remembered by a hash whose key never leaves this process.
 */
export function createVerifier({ accounts, compare, now, log }: VerifierDependencies): Verifier {
  const hashKey = randomBytes(32);
  const queue = createFairQueue(QUEUE_LIMITS);
  let era: Era | undefined;

  async function enterEra(): Promise<Era> {
    const users = await accounts.current();
    if (era?.users !== users) {
      const memory = createMemory<boolean>(MAX_REMEMBERED, now);
      era = { users, decoy: createDecoy(users), memory, pending: new Map() };
    }
    return era;
  }

  async function check({ users, decoy }: Era, credentials: Credentials, client: string) {
    const { username, password } = credentials;
    const hash = users.get(username);
    const matches = await queue.run(client, () => compare(password.reveal(), hash ?? decoy));
    if (matches && hash !== undefined) return true;
    // A name that is not a user's may be a password typed into the wrong field.
    log.warn({ client, user: hash && username }, 'credentials refused');
    return false;
  }

  async function checkAndRemember(era: Era, key: string, credentials: Credentials, client: string) {
    try {
      const accepted = await check(era, credentials, client);
      era.memory.set(key, accepted, accepted ? ACCEPTED_MS : REFUSED_MS);
      return accepted;
    } finally {
      era.pending.delete(key);
    }
  }

  return {
    async verify(credentials, client) {
      const current = await enterEra();
      const key = hashPair(hashKey, credentials);
      const remembered = current.memory.get(key);
      if (remembered !== undefined) return remembered;
      const running =
        current.pending.get(key) ?? checkAndRemember(current, key, credentials, client);
      current.pending.set(key, running);
      return await running;
    },
  };
}

/** The name holds no colon, so no two pairs look the same. */
function hashPair(key: Buffer, { username, password }: Credentials): string {
  return createHmac('sha256', key).update(`${username}:${password.reveal()}`).digest('base64');
}

/**
 * A hash that no password has, as costly as the dearest of the file: what an unknown user is
 * compared with, so that the time of an answer does not tell who exists.
 */
function createDecoy(users: PasswordHashes): string {
  const costs = [...users.values()].map((hash) => hash.slice(4, 6)).sort();
  return `$2b$${costs.at(-1) ?? '10'}$${'.'.repeat(53)}`;
}
