import type { AccessPolicy } from './policy.ts';

/** Whether clients without a login are let in. */
export function letsAnonymousIn({ hasLogins, anonymous }: AccessPolicy): boolean {
  return !hasLogins || anonymous !== undefined;
}

/** Whether any caller has a name: a user's, or that of a login at a registry. */
export function hasNames({ hasLogins, asked }: AccessPolicy): boolean {
  return hasLogins || asked !== undefined;
}

/** Whether any rule looks at the client's address. */
export function dependsOnAddress({ rules }: AccessPolicy): boolean {
  return rules.some(({ from }) => from !== undefined);
}
