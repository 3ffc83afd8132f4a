import type { LoginOutcome, ProbedLogin } from '@registry-cache/egress/probe';
import {
  type CheckContext,
  type CheckOutcome,
  INPUT_IS_BROKEN,
  NOBODY_REACHED,
  tried,
} from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import type { TriedRegistry } from '../registries/try-registries.ts';

type LoginFacts = Pick<TriedRegistry, 'name' | 'login' | 'hasCredential' | 'credentialEndsMs'>;

/** Logins that no longer work, and challenges that nobody can answer. */
export function findLoginFaults(registries: readonly LoginFacts[], nowMs: number): Finding[] {
  return registries.flatMap((registry) => {
    const { name: subject, credentialEndsMs, login } = registry;
    if (credentialEndsMs !== undefined && credentialEndsMs <= nowMs) {
      const found = `a token that ended at ${new Date(credentialEndsMs).toISOString()}`;
      return [buildFinding('login-ended', { subject, found })];
    }
    return login === undefined ? [] : (findFault(registry, login) ?? []);
  });
}

function findFault({ name: subject, ...facts }: LoginFacts, login: ProbedLogin) {
  const { outcome, realm } = login;
  switch (outcome.kind) {
    case 'accepted':
      return undefined;
    case 'challenge': {
      const found = outcome.header === '' ? '401 without a challenge' : outcome.header;
      return buildFinding('challenge-unusable', { subject, found });
    }
    case 'refused':
      return findRefusal(subject, facts.hasCredential, login, outcome);
    case 'failure': {
      const { phase, message } = outcome;
      if (phase === 'guard') {
        return buildFinding('realm-forbidden', { subject, found: `${realm}: ${message}` });
      }
      const isReached = phase === 'credentials' || phase === 'unknown';
      const id = isReached ? 'login-unavailable' : 'realm-unreachable';
      return buildFinding(id, { subject, found: message });
    }
  }
}

function findRefusal(
  subject: string,
  hasCredential: boolean,
  { kind, realm }: ProbedLogin,
  { by, status, message }: Extract<LoginOutcome, { kind: 'refused' }>,
): Finding | undefined {
  const words = message === '' ? '' : `: ${message}`;
  const found = `the ${by} answered ${status}${words}`;
  if (status === 429 || status >= 500) {
    return buildFinding('realm-unreachable', { subject, found });
  }
  if (hasCredential || kind !== 'anonymous') {
    return buildFinding('login-refused', { subject, found });
  }
  // Public images need no right at /v2/, and the token service gave a token.
  const mayPull = realm !== undefined && by === 'registry';
  return mayPull ? undefined : buildFinding('login-missing', { subject, found });
}

export async function checkLogins({ probe, registries, now }: CheckContext): Promise<CheckOutcome> {
  if (probe === undefined) return INPUT_IS_BROKEN;
  const all = await registries();
  const asked = all.filter(({ login }) => login !== undefined);
  const faults = findLoginFaults(all, now());
  if (asked.length === 0 && all.length > 0 && faults.length === 0) {
    const isReached = all.some(({ first }) => first.kind === 'answer');
    return isReached ? tried('no registry asks for a login', []) : NOBODY_REACHED;
  }
  const good = asked.filter(({ login }) => login?.outcome.kind === 'accepted');
  const seen = `${good.length} of ${asked.length} challenges answered`;
  return tried(seen, faults);
}
