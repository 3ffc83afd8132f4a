import { escapeUnprintable } from '@registry-cache/domain';
import type { Caller, Right } from './policy.ts';

/** What decided. */
export type Reason =
  | {
      readonly kind: 'rule' /** From 1. */;
      readonly rule: number;
      readonly because?: string | undefined;
    }
  /** No rule speaks; `default` or `anonymous` of the policy counts. */
  | { readonly kind: 'default' | 'anonymous' }
  /** No rule speaks, and the registry of the image lets this login of its own pull. */
  | { readonly kind: 'registry' }
  /** There is no policy: whoever is let in may pull and fetch. */
  | { readonly kind: 'open' };

/** Whether a caller has a right for an image, and why. */
export interface Verdict {
  readonly right: Right;
  readonly isAllowed: boolean;
  readonly reason: Reason;
}

/** `rule 3: use valkey`, or the words where no rule speaks. */
export function formatReason({ isAllowed, reason }: Verdict): string {
  if (reason.kind === 'rule') {
    return `rule ${reason.rule}${reason.because === undefined ? '' : `: ${reason.because}`}`;
  }
  if (reason.kind === 'open') return isAllowed ? 'no rules are set' : 'a cache takes no pushes';
  if (!isAllowed) return 'no rule allows it';
  return reason.kind === 'registry' ? 'its registry decides' : reason.kind;
}

/** `ann may not fetch docker.io/library/redis:7 (rule 3: use valkey)`. */
export function formatRefusal(
  { user }: Pick<Caller, 'user'>,
  verdict: Verdict,
  reference: string,
): string {
  // A name of an issuer may have any characters.
  const who = escapeUnprintable(user ?? 'anonymous');
  return `${who} may not ${verdict.right} ${reference} (${formatReason(verdict)})`;
}
