import { setTimeout as sleep } from 'node:timers/promises';
import { type Front, type FrontRule, until } from '@registry-cache/testbed';
import type { Clients } from './clients.ts';

/** What the upstream is like for a while. */
export const PHASES = ['calm', 'cuts', 'stalls', 'errors', 'slow', 'silent', 'refusing'] as const;
export type Phase = (typeof PHASES)[number];

const PHASE_MS = 10_000;
/** The breaker may look again as late as this. */
const RECOVERY_MS = 60_000;

const every = (step: number) => Array.from({ length: 2_000 }, (_, index) => (index + 1) * step);

const RULES: Readonly<Partial<Record<Phase, FrontRule>>> = {
  cuts: { when: { kind: 'blob', nth: every(3) }, do: { cutAtByte: 100_000 } },
  stalls: { when: { kind: 'blob', nth: every(7) }, do: { stallAtByte: 300_000 } },
  errors: { when: { nth: every(9) }, do: { answer: { status: 503 } } },
  slow: { when: { kind: 'blob' }, do: { bytesPerSecond: 3_000_000 } },
};

/** Plays one phase to its end; the upstream is well when it returns. */
export async function playPhase(phase: Phase, front: Front, clients: Clients): Promise<void> {
  if (phase === 'silent' || phase === 'refusing') return playOutage(phase, front, clients);
  const rule = RULES[phase];
  front.setRules(...(rule === undefined ? [] : [rule]));
  await sleep(PHASE_MS);
  front.setRules();
  front.forget();
}

/** While nobody is there, what is here must be served; and afterwards all of it again. */
async function playOutage(phase: 'silent' | 'refusing', front: Front, clients: Clients) {
  clients.hotOnly = true;
  // Pulls that have begun end first: what is under way when the lights go out may well fail.
  await sleep(3_000);
  await clients.pullPopular();
  front.setGate(phase === 'silent' ? 'mute' : 'refusing');
  front.setRules({ do: phase === 'silent' ? { silent: true } : { refuse: true } });
  await sleep(PHASE_MS);
  front.setGate('open');
  front.setRules();
  const isBack = async () => {
    front.forget();
    return (await clients.pullAnother()) && front.count({ kind: 'blob' }) > 0;
  };
  await until('what is not here can be pulled again', isBack, { timeoutMs: RECOVERY_MS });
  clients.hotOnly = false;
}
