import { waitAtMost } from '@registry-cache/runtime';
import type { UpstreamContext } from '../upstream-context.ts';

/** How long a client waits for the check of a tag whose old answer is here: until the host is suspect, and a little. */
const SOFT_TIMEOUT_MS = 700;

/**
 * The outcome of a check, or undefined where the client is better served with what is here: when
 * it takes too long, when the upstream has kept others waiting already, or where the operator
 * wants it so. The check itself goes on and its outcome is remembered.
 */
export async function withSoftTimeout<T>(
  { tagRules, health }: Pick<UpstreamContext, 'tagRules' | 'health'>,
  check: Promise<T>,
): Promise<T | undefined> {
  if (tagRules.whileChecking === 'stale') return undefined;
  // One that fails or succeeds at once still counts where nobody wants to wait.
  return waitAtMost(health.circuit === 'closed' ? SOFT_TIMEOUT_MS : 1, check, () => undefined);
}
