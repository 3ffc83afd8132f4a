import type { Cloud, Secret } from '@registry-cache/domain';

/** How to log in to an upstream. Its secret parts stay closed. */
export type UpstreamCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'identity-token' | 'registry-token'; readonly token: Secret }
  | { readonly kind: 'helper'; readonly program: string; readonly serverUrl: string }
  /** The identity of a cloud, by the policy file. */
  | { readonly kind: 'cloud'; readonly cloud: Cloud; readonly host: string };

/** Whether both log in alike. Undefined is anonymous. */
export function isSameCredential(
  left: UpstreamCredential | undefined,
  right: UpstreamCredential | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.kind === 'basic' && right.kind === 'basic') {
    return left.username === right.username && left.password.equals(right.password);
  }
  if (left.kind === 'helper' && right.kind === 'helper') {
    return left.program === right.program && left.serverUrl === right.serverUrl;
  }
  if (left.kind === 'cloud' && right.kind === 'cloud') {
    return left.cloud === right.cloud && left.host === right.host;
  }
  return (
    'token' in left &&
    'token' in right &&
    left.kind === right.kind &&
    left.token.equals(right.token)
  );
}
