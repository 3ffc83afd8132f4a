/**
 * The text of a Secret of type kubernetes.io/dockerconfigjson.
 *
 * @param address - The start of image names: `localhost:30026`.
 * @param login - `user:password`.
 * @throws for a login without a user; the login itself is not in the message.
 */
export function formatPullLogin(address: string, login: string): string {
  if (!/^[^:]+:./s.test(login)) throw new Error('registryLogin: accepted: user:password');
  return JSON.stringify({ auths: { [address]: { auth: Buffer.from(login).toString('base64') } } });
}
