/** Well-known registries that serve images without a login. There is no other list of them. */
export const PUBLIC_REGISTRIES = [
  'docker.io',
  'quay.io',
  'ghcr.io',
  'registry.k8s.io',
  'gcr.io',
  'mcr.microsoft.com',
  'registry.access.redhat.com',
  'public.ecr.aws',
] as const;

/** The text of a pull secret that names them, all anonymous. */
export function formatPublicPullSecret(): string {
  const auths = Object.fromEntries(PUBLIC_REGISTRIES.map((registry) => [registry, {}]));
  return `${JSON.stringify({ auths }, undefined, 2)}\n`;
}
