import {
  type AuditEvent,
  auditFile,
  type EgressOptions,
  type TrustRule,
} from '@registry-cache/domain';
import { createAudit, type Logger } from '@registry-cache/runtime';
import { Trust } from './cache/trust/trust.ts';
import type { TrustDecision } from './cache/trust/trust-deps.ts';
import { compileTrustRules, type RulesOf } from './cache/trust/trust-rules.ts';
import type { SharedCache } from './cache/upstream-context.ts';
import type { EgressMetrics } from './metrics/metrics.ts';
import { openVerdictStore } from './store/verdicts.ts';

export interface CreateTrustDeps {
  readonly storeRoot: string;
  readonly cache: Pick<SharedCache, 'store'>;
  readonly options: () => Pick<EgressOptions, 'trust'>;
  readonly metrics: EgressMetrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly audit: ((event: AuditEvent) => void) | undefined;
}

/** The checks of signatures by the rules of the options, which may change. */
export function createTrust(deps: CreateTrustDeps): Trust {
  const { cache, options, log } = deps;
  const record = deps.audit ?? createAudit(auditFile(deps.storeRoot), log).record;
  let compiled: { readonly from: readonly TrustRule[]; readonly rulesOf: RulesOf } | undefined;
  return new Trust({
    rules: () => {
      const { trust } = options();
      if (trust === undefined) return undefined;
      if (compiled?.from !== trust) compiled = { from: trust, rulesOf: compileTrustRules(trust) };
      return compiled.rulesOf;
    },
    store: cache.store,
    verdicts: openVerdictStore(deps.storeRoot),
    now: deps.now,
    onDecision: (decision) => report(deps, record, decision),
    onNotKept: (error) => {
      const err = error instanceof Error ? error.message : String(error);
      log.warn({ err }, 'could not write verdicts on signatures');
    },
  });
}

const VERDICTS = { verified: 'allowed', warned: 'warned', refused: 'refused' } as const;

/** Each verdict is told once, since good ones are kept and bad ones remembered for a while. */
function report(
  { metrics, log }: CreateTrustDeps,
  record: (event: AuditEvent) => void,
  { upstream, image, digest, outcome, rule, because }: TrustDecision,
): void {
  metrics.trustVerdicts.inc({ upstream, outcome });
  const level = outcome === 'verified' ? 'info' : 'warn';
  log[level]({ upstream, image, digest, outcome, rule, because }, 'signature checked');
  // Without an answer of the registry there is no verdict.
  if (outcome === 'unknown') return;
  record({ event: 'trust', image, digest, rule, because, verdict: VERDICTS[outcome] });
}
