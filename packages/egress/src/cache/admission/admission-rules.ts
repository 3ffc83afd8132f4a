import type { AdmissionRule } from '@registry-cache/domain';
import type { DescribeRules } from '../verdicts/image-rules.ts';

/** What verdicts of scanners depend on. */
export const ADMISSION_RULES: DescribeRules<AdmissionRule> = {
  // Who was old enough once stays so. Another scanner has to be asked again.
  contentOf: ({ ask }) => ask?.url,
  isEnforced: () => true,
};
