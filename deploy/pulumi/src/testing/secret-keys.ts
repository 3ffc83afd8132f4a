/** What `pulumi config set --secret` sets: README.md. */
export const SECRET_KEYS: readonly string[] = [
  'registry-cache:registryHtpasswd',
  'registry-cache:registryLogin',
  'registry-cache:peerSecret',
];

export function isSecretKey(key: string): boolean {
  return SECRET_KEYS.includes(key);
}
