import { Secret } from '@registry-cache/domain';

/** How an upstream is to be authenticated to; the parts that are secret stay closed. */
export type UpstreamCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'identity-token'; readonly token: Secret }
  /** A Bearer token for the registry itself. */
  | { readonly kind: 'registry-token'; readonly token: Secret }
  | { readonly kind: 'helper'; readonly program: string; readonly serverUrl: string };

export function isSameCredential(
  left: UpstreamCredential | undefined,
  right: UpstreamCredential | undefined,
): boolean {
  return serialise(left) === serialise(right);
}

function serialise(credential: UpstreamCredential | undefined): string {
  return JSON.stringify(credential ?? null, (_key, value) =>
    value instanceof Object && !(value instanceof Secret) ? openSecrets(value) : value,
  );
}

// JSON.stringify calls toJSON before the replacer sees a Secret, so they are opened one level up.
function openSecrets(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      part instanceof Secret ? part.reveal() : part,
    ]),
  );
}
