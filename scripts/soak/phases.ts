import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, type FaultRule, until } from '@registry-cache/testbed';
import type { Clients } from './clients.ts';

/** The behaviours of the upstream, one after another. */
export const PHASES = ['calm', 'cuts', 'stalls', 'errors', 'slow', 'silent', 'refusing'] as const;
export type Phase = (typeof PHASES)[number];

const PHASE_MS = 10_000;
/** The longest time until the circuit breaker closes again. */
const RECOVERY_MS = 60_000;

const every = (step: number) => Array.from({ length: 2_000 }, (_, index) => (index + 1) * step);

const RULES: Readonly<Partial<Record<Phase, FaultRule>>> = {
  cuts: { when: { kind: 'blob', nth: every(3) }, do: { cutAtByte: 100_000 } },
  stalls: { when: { kind: 'blob', nth: every(7) }, do: { stallAtByte: 300_000 } },
  errors: { when: { nth: every(9) }, do: { respond: { status: 503 } } },
  slow: { when: { kind: 'blob' }, do: { bytesPerSecond: 3_000_000 } },
};

/** Plays one phase to its end. Afterwards the upstream works again. */
export async function playPhase(
  phase: Phase,
  faultProxy: FaultProxy,
  clients: Clients,
): Promise<void> {
  if (phase === 'silent' || phase === 'refusing') return playOutage(phase, faultProxy, clients);
  const rule = RULES[phase];
  faultProxy.setRules(...(rule === undefined ? [] : [rule]));
  await sleep(PHASE_MS);
  faultProxy.setRules();
  faultProxy.forget();
}

/** During an outage stored images must be served, and after it all images again. */
async function playOutage(phase: 'silent' | 'refusing', faultProxy: FaultProxy, clients: Clients) {
  clients.hotOnly = true;
  // Running pulls end first, because an outage may break them.
  await sleep(3_000);
  await clients.pullPopular();
  faultProxy.setConnectionMode(phase === 'silent' ? 'mute' : 'refusing');
  faultProxy.setRules({ do: phase === 'silent' ? { silent: true } : { refuse: true } });
  await sleep(PHASE_MS);
  faultProxy.setConnectionMode('open');
  faultProxy.setRules();
  const isBack = async () => {
    faultProxy.forget();
    return (await clients.pullAnother()) && faultProxy.count({ kind: 'blob' }) > 0;
  };
  await until('cold images can be pulled again', isBack, { timeoutMs: RECOVERY_MS });
  clients.hotOnly = false;
}
