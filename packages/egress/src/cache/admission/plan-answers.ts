import type { AdmissionRule } from '@registry-cache/domain';
import type { Outcome } from '../verdicts/check-deps.ts';
import type { AdmissionDecision } from './admission-deps.ts';
import type { Answer } from './question.ts';

/** The answer of one rule's scanner. */
export interface RuleAnswer {
  readonly rule: AdmissionRule;
  readonly answer: Answer;
}

type Decision = Pick<AdmissionDecision, 'outcome' | 'rule' | 'because'>;

const OUTCOMES = { yes: 'admitted', no: 'refused', none: 'unknown' } as const;

/** Puts the answers together: every scanner has to say yes. */
export function planAnswers(answers: readonly RuleAnswer[]): {
  readonly outcome: Outcome;
  readonly decisions: readonly Decision[];
} {
  const decisions = answers.map(({ rule, answer }) => ({
    outcome: OUTCOMES[answer.kind],
    rule: rule.number,
    because: answer.reason,
  }));
  const bad =
    decisions.find(({ outcome }) => outcome === 'refused') ??
    decisions.find(({ outcome }) => outcome === 'unknown');
  if (bad === undefined) {
    return { outcome: { kind: 'verified', by: decisions[0]?.because ?? 'nobody' }, decisions };
  }
  const kind = bad.outcome === 'refused' ? 'refused' : 'unknown';
  const reason = `${bad.because} (admission rule ${bad.rule})`;
  return { outcome: { kind, reason }, decisions };
}
