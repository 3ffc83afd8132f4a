import type { AuditEvent, EgressOptions } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { createTrustCheck, type Trust } from './cache/trust/trust.ts';
import type { TrustDecision } from './cache/trust/trust-deps.ts';
import { TRUST_RULES } from './cache/trust/trust-rules.ts';
import type { SharedCache } from './cache/upstream-context.ts';
import { followImageRules } from './cache/verdicts/image-rules.ts';
import type { EgressMetrics } from './metrics/metrics.ts';
import { openVerdictStore } from './store/verdicts.ts';

/** The collaborators of the checks at the entrance. */
export interface CreateCheckDeps {
  readonly storeRoot: string;
  readonly cache: Pick<SharedCache, 'store' | 'tags'>;
  readonly options: () => Pick<EgressOptions, 'trust' | 'admission'>;
  readonly metrics: EgressMetrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly record: (event: AuditEvent) => void;
}

/** The checks of signatures by the rules of the options, which may change. */
export function createTrust(deps: CreateCheckDeps): Trust {
  const { cache, options, log, now } = deps;
  return createTrustCheck({
    rulesOf: followImageRules(() => options().trust, TRUST_RULES),
    store: cache.store,
    verdicts: openVerdictStore(deps.storeRoot, 'trust'),
    now,
    onDecision: (decision) => report(deps, decision),
    onNotKept: (error) => {
      const err = error instanceof Error ? error.message : String(error);
      log.warn({ err }, 'could not write verdicts on signatures');
    },
  });
}

const VERDICTS = { verified: 'allowed', warned: 'warned', refused: 'refused' } as const;

/** Each verdict is told once, since good ones are kept and bad ones remembered for a while. */
function report(
  { metrics, log, record }: CreateCheckDeps,
  { upstream, image, digest, outcome, rule, because }: TrustDecision,
): void {
  metrics.trustVerdicts.inc({ upstream, outcome });
  const level = outcome === 'verified' ? 'info' : 'warn';
  log[level]({ upstream, image, digest, outcome, rule, because }, 'signature checked');
  // Without an answer of the registry there is no verdict.
  if (outcome === 'unknown') return;
  record({ event: 'trust', image, digest, rule, because, verdict: VERDICTS[outcome] });
}
