import {
  accept,
  type FollowedList,
  type Issue,
  type Parsed,
  parseDuration,
  reject,
  unwrap,
} from '@registry-cache/domain';
import type { WarmSpec } from '../policy/warm.ts';

/**
 * The lists of images that are followed. Whether a list can be read shows when it is due.
 * @param path - where the policy file is, for issues.
 */
export function buildWarm(path: string, spec: WarmSpec): Parsed<readonly FollowedList[]> {
  const issues = spec.flatMap(({ list }, index): Issue[] => {
    const isSecond = spec.findIndex((one) => one.list === list) < index;
    const issue = { path: `${path} warm[${index}].list`, found: `${list} again` };
    return isSecond ? [{ ...issue, accepted: 'each list once' }] : [];
  });
  if (issues.length > 0) return reject(...issues);
  return accept(
    spec.map(({ list, every, platforms = [] }) => {
      return { list, everyMs: unwrap(parseDuration('', every)), platforms };
    }),
  );
}
