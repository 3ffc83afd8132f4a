import type { CheckForecast } from '@registry-cache/domain';
import type { DecidedImage } from './decide-rights.ts';

const WORDS: Readonly<Record<CheckForecast['outcome'], string>> = {
  admitted: 'is admitted',
  refused: 'is refused',
  waiting: 'has to wait',
  open: 'is to be checked',
};

/**
 * The verdicts of the rules of trust and admission, a line for each. They hold for everybody, so
 * only a caller that may pull has to know.
 */
export function noteChecks(
  { image, rights }: Pick<DecidedImage, 'image' | 'rights'>,
  checks: readonly CheckForecast[],
): string[] {
  if (!rights.some(({ right, isAllowed }) => right === 'pull' && isAllowed)) return [];
  return checks.flatMap(({ check, outcome, reason }) => {
    // The rules that enforce a signature are noted anyway.
    if (check === 'trust' && outcome === 'open') return [];
    return [`${check}: ${image} ${WORDS[outcome]}: ${reason}`];
  });
}
