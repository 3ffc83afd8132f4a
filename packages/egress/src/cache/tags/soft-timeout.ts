import type { TagRules } from '@registry-cache/domain';
import { waitAtMost } from '@registry-cache/runtime';
import type { Health } from '../../upstream/health/health.ts';

/**
 * How long a client waits for the check of a tag whose old manifest is in the store. It is a little
 * longer than the time after which a silent upstream's circuit is half-open.
 */
const SOFT_TIMEOUT_MS = 700;

/**
 * Waits for the check of a tag, up to the soft timeout. The check itself goes on after it, and its
 * result is remembered.
 * @returns the result; undefined if the client should get the old manifest. There are three
 * cases: the check takes too long, the upstream already keeps others waiting, or the operator wants
 * it.
 */
export async function withSoftTimeout<T>(
  { tagRules, health }: { readonly tagRules: TagRules; readonly health: Health },
  check: Promise<T>,
): Promise<T | undefined> {
  if (tagRules.whileChecking === 'stale') return undefined;
  // Unless the circuit is closed, only a check that ends at once counts.
  return waitAtMost(health.circuit === 'closed' ? SOFT_TIMEOUT_MS : 1, check, () => undefined);
}
