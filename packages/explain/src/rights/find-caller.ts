import { asksRegistry, type Caller } from '@registry-cache/access';
import type { AccessPolicy, ExplainFacts } from '@registry-cache/domain';

/** The client whose rights are asked for. */
export interface AskedCaller {
  /** Empty, or `anonymous`, for a client without a login. */
  readonly user: string;
  /** As an issuer names them. */
  readonly groups: readonly string[];
  /** Empty where it is not known. */
  readonly address: string;
}

/** Finds the caller as the auth worker would, and the rules that decide about it. */
export function findCaller(
  { hasLogins, users, access, open }: ExplainFacts,
  { user, groups, address }: AskedCaller,
  image: string,
): { readonly caller: Caller; readonly policy: AccessPolicy | undefined } {
  const asks = asksRegistry((access ?? open)?.asked, image);
  // Without rules, a registry that decides by itself has some all the same.
  const policy = access ?? (asks ? open : undefined);
  const isUser = (hasLogins || asks) && user !== '' && user !== 'anonymous';
  if (!isUser) return { caller: { user: undefined, groups: [], address }, policy };
  const isKnown = users?.includes(user) ?? true;
  return { caller: { user, groups, address, isConfirmed: asks && !isKnown }, policy };
}
