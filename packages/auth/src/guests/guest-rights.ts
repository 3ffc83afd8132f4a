import { createHmac, randomBytes } from 'node:crypto';
import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
import { QueueFullError, SourceLimitedError } from '../limits/queue-errors.ts';
import type { AuthReport } from '../report/report.ts';
import { authorizationOf, type Guest } from './guest.ts';
import { createGuestFailures } from './guest-failures.ts';
import type { TrialOutcome, TryLogin, Wanted } from './try-login.ts';

export interface GuestRights {
  /**
   * Whether the registry lets a guest pull, and for how many seconds that counts. A yes holds for
   * the whole repository and this login alone. A no holds for what was asked.
   *
   * @param source the client's address or network, under which wrong logins are counted
   * @throws SourceLimitedError if too many wrong logins came from this source
   * @throws QueueFullError if too many logins are being tried
   */
  ask(guest: Guest, wanted: Wanted, source: string): Promise<Right>;
}

export type Right = { readonly kind: 'yes'; readonly seconds: number } | Refused;
type Refused = Exclude<TrialOutcome, { readonly kind: 'yes' }>;

export interface GuestRightsDeps {
  readonly tryLogin: TryLogin;
  readonly report: AuthReport;
  /** In milliseconds. */
  readonly now: () => number;
}

/** A password that was changed, or a right that was taken away, ends after this time. */
const YES_MS = 300_000;
/** Clients repeat a request at once. */
const NO_MS = 5_000;
const MAX_REMEMBERED = 10_000;
/** One source cannot take all places. */
const MOST_TRIALS = 256;
const MOST_TRIALS_OF_SOURCE = 16;

/**
 * Remembers what registries say of guests, by a hash with a key that never leaves this process. Wrong
 * logins have a memory of their own, so that guesses push nobody out. A confirmed right is answered at
 * once, even for a source with failures.
 */
export function createGuestRights({ tryLogin, report, now }: GuestRightsDeps): GuestRights {
  const hashKey = randomBytes(32);
  const yes = createBoundedMap<string, number>(MAX_REMEMBERED);
  const no = createBoundedMap<string, { readonly outcome: Refused; readonly until: number }>(
    MAX_REMEMBERED,
  );
  /** Logins that were right somewhere. Where such a one is refused, its password is not wrong. */
  const right = createBoundedMap<string, number>(MAX_REMEMBERED);
  const failures = createGuestFailures(now);
  const trials = new SingleFlight<{ readonly part: string; readonly outcome: TrialOutcome }>();
  const running = createTurns();
  const hash = (...parts: string[]) =>
    createHmac('sha256', hashKey).update(JSON.stringify(parts)).digest('base64');

  async function run(guest: Guest, wanted: Wanted, source: string): Promise<TrialOutcome> {
    const login = hash(authorizationOf(guest), wanted.upstreamId);
    const isRight = (right.get(login) ?? 0) > now();
    if (!isRight && failures.mustWait(source, guest)) {
      report.limited(source);
      throw new SourceLimitedError();
    }
    const leave = running.enter(source);
    try {
      const outcome = await tryLogin(authorizationOf(guest), wanted);
      if (outcome.kind === 'yes') right.set(login, now() + YES_MS);
      if (outcome.kind === 'login' && !isRight) {
        failures.add(source, guest);
        report.refused(source, {});
      }
      return outcome;
    } finally {
      leave();
    }
  }

  function recall(whole: string, one: string): Right | undefined {
    const leftMs = (yes.get(whole) ?? 0) - now();
    if (leftMs > 0) return { kind: 'yes', seconds: Math.ceil(leftMs / 1_000) };
    const refused = no.get(one);
    return refused !== undefined && refused.until > now() ? refused.outcome : undefined;
  }

  return {
    async ask(guest, wanted, source) {
      const { upstreamId, repository, part } = wanted;
      const whole = hash(authorizationOf(guest), upstreamId, repository);
      const one = hash(whole, part);
      const known = recall(whole, one);
      if (known !== undefined) return known;
      const tried = async (key: string) => {
        const startedAt = now();
        const trial = await trials.join(key, async () => {
          const outcome = await run(guest, wanted, source);
          return { part, outcome };
        });
        if (trial.outcome.kind === 'yes') yes.set(whole, startedAt + YES_MS);
        return trial;
      };
      // Clients ask for many layers at once. One trial may serve the whole repository.
      const first = await tried(whole);
      const isOwn = first.part === part || first.outcome.kind === 'yes';
      const { outcome } = isOwn ? first : await tried(one);
      if (outcome.kind === 'yes') return { kind: 'yes', seconds: YES_MS / 1_000 };
      if (outcome.kind !== 'away') no.set(one, { outcome, until: now() + NO_MS });
      return outcome;
    },
  };
}

function createTurns(): { enter(source: string): () => void } {
  const bySource = new Map<string, number>();
  let all = 0;
  return {
    enter(source) {
      const own = bySource.get(source) ?? 0;
      if (all >= MOST_TRIALS || own >= MOST_TRIALS_OF_SOURCE) throw new QueueFullError();
      all += 1;
      bySource.set(source, own + 1);
      return () => {
        all -= 1;
        const left = (bySource.get(source) ?? 1) - 1;
        if (left === 0) bySource.delete(source);
        else bySource.set(source, left);
      };
    },
  };
}
