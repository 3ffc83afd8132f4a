/** The part of a model, or of its inputs, that has logins. */
interface Logins {
  readonly htpasswd: string | undefined;
  readonly issuers: readonly unknown[];
}

/** Whether clients have to log in: by the htpasswd file, or by a token of an issuer. */
export function hasLogin({ htpasswd, issuers }: Logins): boolean {
  return htpasswd !== undefined || issuers.length > 0;
}
