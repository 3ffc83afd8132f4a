import type { TrustRule } from '@registry-cache/domain';
import type { DescribeRules } from '../verdicts/image-rules.ts';

/** What verdicts on signatures depend on. */
export const TRUST_RULES: DescribeRules<TrustRule> = {
  contentOf: ({ mode, anyOf }) => [mode, anyOf],
  isEnforced: ({ mode }) => mode === 'enforce',
};
