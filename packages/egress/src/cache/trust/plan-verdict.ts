import type { TrustRule } from '@registry-cache/domain';
import type { SignatureVerdict } from '@registry-cache/trust';
import type { Outcome } from '../verdicts/check-deps.ts';
import type { TrustDecision } from './trust-deps.ts';

type Decision = Pick<TrustDecision, 'outcome' | 'rule' | 'because'>;

/** Puts the verdicts of the rules together: each rule that enforces has to be content. */
export function planVerdict(
  rules: readonly TrustRule[],
  verdicts: readonly SignatureVerdict[],
): { readonly outcome: Outcome; readonly decisions: readonly Decision[] } {
  const both = rules.flatMap((rule, index) => {
    const verdict = verdicts[index];
    return verdict === undefined ? [] : [{ rule, verdict }];
  });
  const decisions = both.map(({ rule, verdict }) => ({
    outcome: outcomeOf(rule, verdict),
    rule: rule.number,
    because: verdict.kind === 'verified' ? verdict.by : verdict.reason,
  }));
  const enforced = both.filter(({ rule }) => rule.mode === 'enforce');
  const bad =
    enforced.find(({ verdict }) => verdict.kind === 'refused') ??
    enforced.find(({ verdict }) => verdict.kind === 'unknown');
  if (bad !== undefined && bad.verdict.kind !== 'verified') {
    const { kind, reason } = bad.verdict;
    return { outcome: { kind, reason: `${reason} (trust rule ${bad.rule.number})` }, decisions };
  }
  const isLasting = both.every(({ verdict }) => verdict.kind !== 'unknown');
  const by = both.find(({ verdict }) => verdict.kind === 'verified')?.verdict;
  const name = by?.kind === 'verified' ? by.by : 'a rule that only warns';
  return { outcome: { kind: 'verified', by: name, ...(!isLasting && { isLasting }) }, decisions };
}

function outcomeOf({ mode }: TrustRule, { kind }: SignatureVerdict): Decision['outcome'] {
  return mode === 'warn' && kind === 'refused' ? 'warned' : kind;
}
